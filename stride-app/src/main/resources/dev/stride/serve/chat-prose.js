// Markdown as elements. The parser gives tokens, and each becomes an element of a fixed list or a text: nothing that a model
// wrote is ever read as markup of the page. While an answer grows, blocks that did not change keep their elements.
import { copyButton, make, words } from "./chat-text.js";

const TAGS = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th",
  "td", "em", "strong", "s", "a"]);
const LONGEST_COLOURED = 40_000; // characters of one code block; longer ones stay plain, so that the page stays quick

const markdown = window.markdownit({ html: false, linkify: true, breaks: true, typographer: false });
// a file such as train.py is no address
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
markdown.validateLink = address => /^(https?:\/\/|mailto:)/i.test(address);

export class Prose {
  constructor(host) {
    this.host = host;
    this.blocks = [];
    this.text = null;
    this.cost = 0; // milliseconds of the last drawing
  }

  // Draws a text; done says that nothing more comes.
  show(text, done) {
    if (text === this.text && done === this.done) {
      return;
    }
    const began = performance.now();
    const env = {};
    const groups = blocksOf(markdown.parse(text, env), text);
    // a reference at the end can change a block above it
    let same = Object.keys(env.references ?? {}).length > 0 ? 0 : this.sameAs(groups);
    if (same < groups.length && same < this.blocks.length && this.blocks[same].grow(groups[same])) {
      same++;
    }
    for (const old of this.blocks.splice(same)) {
      old.element.remove();
    }
    for (const group of groups.slice(same)) {
      const block = new Block(group);
      this.blocks.push(block);
      this.host.append(block.element);
    }
    this.text = text;
    this.done = done;
    this.cost = performance.now() - began;
  }

  sameAs(groups) {
    let same = 0;
    while (same < groups.length && same < this.blocks.length && this.blocks[same].source === groups[same].source) {
      same++;
    }
    return same;
  }
}

// The tokens of each outermost block, with the lines that it was made of.
function blocksOf(tokens, text) {
  const lines = text.split("\n");
  const groups = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0) {
      const [from, to] = token.map ?? [0, 0];
      groups.push({ tokens: [], source: token.type + "\n" + lines.slice(from, to).join("\n") });
    }
    groups[groups.length - 1].tokens.push(token);
    depth += token.nesting;
  }
  return groups;
}

class Block {
  constructor({ tokens, source }) {
    this.source = source;
    const holder = make("div");
    build(tokens, holder);
    this.element = holder.childNodes.length === 1 ? holder.firstChild : holder;
  }

  // A code block that became longer keeps its frame, so that it does not jump and can be scrolled meanwhile.
  grow({ tokens, source }) {
    const code = tokens.length === 1 && tokens[0].type === "fence" ? this.element.querySelector?.(":scope > pre > code") : null;
    if (!code || this.element.dataset.language !== languageOf(tokens[0])) {
      return false;
    }
    colour(code, tokens[0].content, languageOf(tokens[0]));
    this.source = source;
    return true;
  }
}

function build(tokens, holder) {
  const open = [holder];
  const into = () => open[open.length - 1];
  for (const token of tokens) {
    if (token.nesting < 0) {
      if (!token.hidden) {
        open.pop();
      }
    } else if (token.type === "inline") {
      build(token.children, into());
    } else if (token.nesting > 0) {
      if (!token.hidden) {
        const element = opened(token);
        into().append(element.outer);
        open.push(element.inner);
      }
    } else {
      into().append(single(token));
    }
  }
}

function opened(token) {
  const tag = TAGS.has(token.tag) ? token.tag : "span";
  // the page has headings of its own above these
  const element = make(/^h[1-4]$/.test(tag) ? "h" + (Number(tag[1]) + 2) : tag);
  if (tag === "a") {
    Object.entries({ href: token.attrGet("href"), rel: "noopener noreferrer", target: "_blank" }).forEach(([k, v]) => element.setAttribute(k, v));
  } else if (tag === "ol" && token.attrGet("start")) {
    element.setAttribute("start", token.attrGet("start"));
  } else if (tag === "th" || tag === "td") {
    const side = /text-align:(right|center)/.exec(token.attrGet("style") ?? "");
    element.className = side ? side[1] : "";
  } else if (tag === "table") {
    return { outer: make("div", { className: "wide", tabindex: "0" }, element), inner: element };
  } else if (token.block) {
    element.dir = "auto";
  }
  return { outer: element, inner: element };
}

function single(token) {
  switch (token.type) {
    case "softbreak":
    case "hardbreak":
      return make("br");
    case "hr":
      return make("hr");
    case "code_inline":
      return make("code", { textContent: token.content });
    case "fence":
    case "code_block":
      return codeBlock(token);
    case "image":
      return image(token);
    default:
      return document.createTextNode(token.content);
  }
}

function image(token) {
  const address = token.attrGet("src") ?? "";
  const text = words("image", token.content || address);
  return make("a", { href: address, rel: "noopener noreferrer", target: "_blank", className: "image", textContent: text });
}

function languageOf(token) {
  return token.info ? token.info.trim().split(/\s+/)[0].toLowerCase().slice(0, 30) : "";
}

function codeBlock(token) {
  const language = languageOf(token);
  const code = make("code");
  colour(code, token.content, language);
  return make("figure", { className: "code", "data-language": language, dir: "ltr" },
    make("figcaption", {}, make("span", { textContent: language }), copyButton(words("copyCode"), () => code.textContent.replace(/\n$/, ""))),
    make("pre", { tabindex: "0" }, code));
}

function colour(code, text, language) {
  const known = language && window.hljs.getLanguage(language) && text.length <= LONGEST_COLOURED;
  if (!known) {
    code.textContent = text;
    return;
  }
  const tree = window.hljs.highlight(text, { language, ignoreIllegals: true })._emitter.rootNode;
  code.replaceChildren(...tree.children.map(coloured));
}

function coloured(node) {
  if (typeof node === "string") {
    return document.createTextNode(node);
  }
  const scope = (node.scope ?? "").split(".")[0];
  return make("span", { className: scope ? "hl-" + scope : "" }, ...(node.children ?? []).map(coloured));
}
