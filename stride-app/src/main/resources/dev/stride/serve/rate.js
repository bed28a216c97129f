"use strict";
// Shows pairs and sends votes. Whatever a person or a model wrote enters the page as text, never as markup.
(() => {
  const $ = id => document.getElementById(id);
  const KEYS = {
    1: "left", ArrowLeft: "left", 2: "right", ArrowRight: "right", 0: "tie", " ": "tie", x: "bad", s: "skip",
  };
  let language = cookie("stride-language") || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
  let rater = cookie("stride-rater") || "";
  let view = "hello";
  let pair = null;
  let last = null;
  let shownAt = 0;
  let busy = false;
  let notice = null;
  const narrow = matchMedia("(max-width: 640px)");

  // a cookie belongs to the host whatever the port, so a name stays when the server starts on another one
  function cookie(name) {
    const found = document.cookie.split("; ").find(part => part.startsWith(name + "="));
    try {
      return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
    } catch {
      return "";
    }
  }

  function remember(name, value) {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; SameSite=Strict`;
  }

  // one word for each tab, which a reload keeps: the same pair comes back, and undo is of this tab's votes
  function session() {
    let word = sessionStorage.getItem("stride-session");
    if (!word) {
      word = Array.from(crypto.getRandomValues(new Uint8Array(8)), b => b.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem("stride-session", word);
    }
    return word;
  }

  function words(key, ...values) {
    return values.reduce((text, value, i) => text.replace(`{${i}}`, () => String(value)), WORDS[language][key]);
  }

  function put(element, text) {
    element.replaceChildren();
    if (text.trim() === "") {
      const none = document.createElement("em");
      none.textContent = words("empty");
      element.append(none);
    } else {
      element.textContent = text;
    }
  }

  function child(parent, tag, text, className) {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className || "";
    parent.append(element);
    return element;
  }

  function draw() {
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll("[data-word]")) {
      element.textContent = words(element.dataset.word);
    }
    if (narrow.matches) {
      for (const [word, stacked] of [["left", "above"], ["right", "below"], ["leftBetter", "aboveBetter"],
        ["rightBetter", "belowBetter"]]) {
        document.querySelector(`[data-word=${word}]`).textContent = words(stacked);
      }
    }
    document.title = words("title") + " · Stride";
    for (const tag of ["en", "zh"]) {
      $(tag).setAttribute("aria-pressed", String(tag === language));
    }
    for (const id of ["hello", "rate", "finished", "result"]) {
      $(id).hidden = id !== view;
    }
    $("result-open").hidden = view === "result" || view === "hello";
    $("who").hidden = view === "hello";
    $("who").textContent = rater;
    $("who").title = words("rename");
    $("progress").textContent = pair && (view === "rate" || view === "finished")
      ? words("progress", Math.min(pair.done + (view === "rate" ? 1 : 0), pair.total), pair.total) : "";
    $("notice").hidden = notice === null;
    $("notice").textContent = notice === null ? "" : words(...notice);
    $("undo").disabled = $("undo-last").disabled = !(pair && pair.undo);
    if (view === "rate") {
      drawPair();
    } else if (view === "result" && last) {
      drawResult();
    }
  }

  function drawPair() {
    $("prompt").replaceChildren();
    for (const turn of pair.prompt) {
      const line = child($("prompt"), "div", "", "turn");
      if (turn.role) {
        child(line, "span", WORDS[language].roles[turn.role] || turn.role, "role");
      }
      const text = child(line, "span", "", "text given");
      text.dir = "auto";
      put(text, turn.text);
    }
    put($("left"), pair.left);
    put($("right"), pair.right);
    put($("reference-text"), pair.reference);
  }

  function percent(x) {
    return (100 * x).toFixed(0) + " %";
  }

  function signed(x) {
    return (x < 0 ? "−" : "") + Math.abs(x).toFixed(2);
  }

  function bar(standing) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const add = (tag, className, values) => {
      const element = document.createElementNS(space, tag);
      element.setAttribute("class", className);
      Object.entries(values).forEach(([key, value]) => element.setAttribute(key, value));
      svg.append(element);
    };
    const x = share => (4 + 152 * share).toFixed(1);
    svg.setAttribute("viewBox", "0 0 160 16");
    svg.setAttribute("class", "bar");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", percent(standing.share_low) + " – " + percent(standing.share_high));
    add("line", "half", { x1: x(0.5), x2: x(0.5), y1: 0, y2: 16 });
    add("line", "span", { x1: x(standing.share_low), x2: x(standing.share_high), y1: 8, y2: 8 });
    add("circle", "", { cx: x(standing.share), cy: 8, r: 4 });
    return svg;
  }

  function drawResult() {
    $("standings").replaceChildren();
    for (const standing of last.scores) {
      const row = document.createElement("tr");
      child(row, "th", standing.value);
      child(row, "td", percent(standing.share), "number");
      const interval = child(child(row, "td", ""), "div", "", "interval");
      interval.append(bar(standing));
      child(interval, "span", percent(standing.share_low) + " – " + percent(standing.share_high));
      child(row, "td", signed(standing.score) + " (" + signed(standing.score_low) + " … " + signed(standing.score_high)
        + ")", "number");
      for (const key of ["votes", "won", "tied", "both_bad", "lost"]) {
        child(row, "td", standing[key], "number");
      }
      $("standings").append(row);
    }
    const names = Object.entries(last.raters).map(([name, count]) => `${name} (${count})`);
    const agreement = last.agreement;
    const facts = [
      words("factVotes", last.votes, last.pairs, last.identical, last.skipped),
      words("factSides", last.left, last.right),
      agreement.compared === 0 ? words("factNoAgreement")
        : words("factAgreement", agreement.same, agreement.compared, (100 * agreement.share).toFixed(0)),
    ];
    if (names.length > 0) {
      facts.push(words("factRaters", names.join(language === "zh" ? "、" : ", ")));
    }
    if (last.unknown > 0) {
      facts.push(words("factUnknown", last.unknown));
    }
    if (last.left_out.length > 0) {
      facts.push(words("factLeftOut", last.left_out.join(", ")));
    }
    $("facts").replaceChildren();
    facts.forEach(fact => child($("facts"), "li", fact, "given"));
  }

  // asks the server; null where it refused or was silent, with the notice set
  async function ask(path, body) {
    if (busy) {
      return null;
    }
    busy = true;
    try {
      const response = await fetch(path, body === undefined ? {} : {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (response.ok) {
        notice = null;
        return answer;
      }
      notice = response.status === 409 ? [path === "undo" ? "nothing" : "repeated"] : ["failed", answer.error];
      if (response.status === 409 && path === "vote") {
        busy = false;
        const kept = notice;
        const next = await ask(nextPath());
        notice = next === null ? notice : kept;
        return next;
      }
    } catch {
      notice = ["offline"];
    } finally {
      busy = false;
    }
    return null;
  }

  function nextPath() {
    return "next?rater=" + encodeURIComponent(rater) + "&session=" + session();
  }

  function show(answer) {
    if (answer !== null) {
      pair = answer;
      view = pair.ticket ? "rate" : "finished";
      $("reference").open = false;
      shownAt = performance.now();
    }
    draw();
    if (answer !== null && view === "rate") {
      // a focused button would take the space key for itself
      $("prompt").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }

  async function vote(choice) {
    if (view === "rate") {
      const seconds = Math.min(86400, (performance.now() - shownAt) / 1000);
      show(await ask("vote", { rater, session: session(), ticket: pair.ticket, choice, seconds }));
    }
  }

  async function undo() {
    if ((view === "rate" || view === "finished") && pair.undo) {
      show(await ask("undo", { rater, session: session() }));
    }
  }

  async function openResult() {
    const answer = await ask("result");
    if (answer !== null) {
      last = answer;
      view = "result";
    }
    draw();
  }

  async function begin() {
    show(await ask(nextPath()));
  }

  $("name-form").addEventListener("submit", event => {
    event.preventDefault();
    rater = $("name").value.trim();
    if (rater !== "") {
      remember("stride-rater", rater);
      begin();
    }
  });
  for (const button of document.querySelectorAll("[data-choice]")) {
    button.addEventListener("click", () => vote(button.dataset.choice));
  }
  for (const tag of ["en", "zh"]) {
    $(tag).addEventListener("click", () => {
      language = tag;
      remember("stride-language", tag);
      draw();
    });
  }
  $("who").addEventListener("click", () => {
    view = "hello";
    draw();
    $("name").select();
  });
  $("undo").addEventListener("click", undo);
  $("undo-last").addEventListener("click", undo);
  $("result-open").addEventListener("click", openResult);
  $("result-close").addEventListener("click", begin);
  narrow.addEventListener("change", draw);

  document.addEventListener("keydown", event => {
    const typing = event.target instanceof HTMLInputElement;
    const onControl = event.target instanceof HTMLButtonElement || event.target.tagName === "SUMMARY";
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === " " && onControl) {
      return;
    }
    if (view === "result" && key === "Escape") {
      begin();
    } else if (key === "u" || key === "r" || KEYS[key]) {
      event.preventDefault();
      // a key that is held down must not vote on what was not seen
      if (event.repeat) {
        return;
      }
      if (key === "u") {
        undo();
      } else if (key === "r") {
        $("reference").open = view === "rate" && !$("reference").open;
      } else {
        vote(KEYS[key]);
      }
    }
  });

  $("name").value = rater;
  if (rater === "") {
    draw();
    $("name").focus();
  } else {
    begin();
  }
})();
