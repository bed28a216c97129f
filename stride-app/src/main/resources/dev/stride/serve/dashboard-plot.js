// One chart: lines on one or two vertical axes, read by pointer or keys, zoomed by dragging.
import { FORMATS, linearTicks, logTicks, timeTicks } from "./dashboard-axis.js";
import { el, fill, put, words } from "./dashboard-text.js";

const MOST_TIP_ROWS = 12;
const MARK_ROOM = 25; // pixels of a mark on the chart; closer ones become one

// Lines with their own horizontal values put beside each other, as the drawing library wants them: undefined where a
// line has no value at that place, null where it has a gap.
export function join(lines) {
  const tables = [...new Set(lines.map(line => line.x))];
  if (tables.length === 0) {
    return [[]];
  }
  if (tables.length === 1) {
    return [tables[0], ...lines.map(line => line.y)];
  }
  const places = Float64Array.from(new Set(tables.flatMap(table => table))).sort();
  const index = new Map();
  places.forEach((x, i) => index.set(x, i));
  const at = new Map(tables.map(table => [table, table.map(x => index.get(x))]));
  return [Array.from(places), ...lines.map(line => {
    const column = new Array(places.length);
    const where = at.get(line.x);
    for (let i = 0; i < where.length; i++) {
      column[where[i]] = line.y[i];
    }
    return column;
  })];
}

function nearest(xs, x) {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 && x - xs[low - 1] <= xs[low] - x ? low - 1 : low;
}

// A line: { key, x, y, scale: "left"|"right", color, width, dash, alpha, points, name, group, format, tip }.
// A view: { x: {range, kind, label}, left: {range, log, format, label}, right: .. | null, marks, describe, onZoom }.
export class Plot {
  constructor(holder, name, height) {
    this.name = name;
    this.height = height;
    this.lines = [];
    this.view = null;
    this.chart = null;
    this.signature = "";
    this.leftCaption = el("span", { class: "caption left" });
    this.rightCaption = el("span", { class: "caption right" });
    this.canvas = el("div", { class: "canvas" });
    this.tip = el("div", { class: "tip", hidden: true });
    this.bottomCaption = el("div", { class: "caption bottom" });
    this.figure = el("figure", { class: "plot", tabindex: "0", data: { chart: name } },
      el("div", { class: "captions" }, this.leftCaption, this.rightCaption), this.canvas, this.bottomCaption, this.tip);
    this.figure.addEventListener("keydown", event => this.key(event));
    this.figure.addEventListener("blur", () => this.leave());
    holder.append(this.figure);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.canvas);
  }

  destroy() {
    this.observer.disconnect();
    if (this.chart) {
      this.chart.destroy();
    }
    this.figure.remove();
  }

  resize() {
    const width = this.canvas.clientWidth;
    if (this.chart && width > 0 && width !== this.chart.width) {
      this.chart.setSize({ width, height: this.tall(width) });
    } else if (!this.chart && this.view && width > 0) {
      this.update(this.lines, this.view);
    }
  }

  tall(width) {
    return width < 480 ? Math.round(this.height * 0.8) : this.height;
  }

  update(lines, view) {
    this.lines = lines.filter(line => line.x.length > 0);
    this.view = view;
    put(this.leftCaption, view.left.label);
    put(this.rightCaption, view.right ? view.right.label : "");
    put(this.bottomCaption, view.x.label || "");
    this.figure.setAttribute("aria-label", view.describe);
    const width = this.canvas.clientWidth;
    if (width === 0) {
      return;
    }
    const signature = JSON.stringify([view.paint.key, view.left.log, view.left.format, view.right && view.right.format, view.x.kind,
      this.lines.map(line => [line.key, line.scale, line.color, line.width, line.dash, line.alpha, line.points])]);
    const joined = join(this.lines);
    if (this.chart && signature === this.signature) {
      this.chart.batch(() => {
        this.chart.setData(joined, false);
        for (const [scale, { range }] of Object.entries({ x: view.x, left: view.left, ...(view.right ? { right: view.right } : {}) })) {
          this.chart.setScale(scale, { min: range[0], max: range[1] });
        }
      });
    } else {
      this.signature = signature;
      if (this.chart) {
        this.chart.destroy();
      }
      this.chart = new uPlot(this.options(width), joined, this.canvas);
      this.markLayer = el("div", { class: "marks" });
      this.chart.over.append(this.markLayer);
    }
    this.placeMarks();
  }

  options(width) {
    const { paint, left, right, x } = this.view;
    const axis = (scale, side, more) => ({
      scale, side, font: paint.font, stroke: paint.soft, ticks: { stroke: paint.rule, width: 1, size: 5 }, gap: 5,
      grid: { show: false }, filter: (u, splits) => splits, ...more,
    });
    const values = (u, splits) => splits;
    const vertical = (name, which, side, grid) => axis(name, side, {
      size: (u, texts) => Math.max(34, 14 + Math.max(0, ...(texts || []).map(text => text.length)) * 7),
      grid: { show: grid, stroke: paint.rule, width: 1 },
      splits: (u, i, low, high) => (which().log ? logTicks : linearTicks)(low, high, u.bbox.height / devicePixelRatio, this.height < 200 ? 22 : 34),
      values: (u, splits) => FORMATS[which().format](values(u, splits)),
    });
    const scale = which => ({
      distr: which().log ? 3 : 1, log: 10, auto: false, range: () => which().range,
    });
    const series = this.lines.map(line => ({
      scale: line.scale, stroke: line.color, width: line.width ?? 1.5, dash: line.dash, alpha: line.alpha ?? 1, spanGaps: false,
      points: line.points
        ? { show: true, size: line.points, width: 1.6, stroke: line.color, fill: line.hollow ? paint.paper : line.color }
        : { show: false },
      paths: line.width === 0 ? () => null : undefined,
    }));
    return {
      width, height: this.tall(width), padding: [8, right ? 0 : 20, 0, 0], legend: { show: false },
      scales: {
        x: { time: false, auto: false, range: () => this.view.x.range },
        left: scale(() => this.view.left),
        ...(right ? { right: scale(() => this.view.right) } : {}),
      },
      axes: [
        axis("x", 2, {
          size: 26, splits: (u, i, low, high) => (x.kind === "time" ? timeTicks : linearTicks)(low, high, u.bbox.width / devicePixelRatio, 74)
            .filter(tick => x.kind !== "step" || Number.isInteger(tick)),
          values: (u, splits) => FORMATS[x.kind === "time" ? "time" : "count"](splits),
        }),
        vertical("left", () => this.view.left, 3, true),
        ...(right ? [vertical("right", () => this.view.right, 1, false)] : []),
      ],
      series: [{}, ...series],
      cursor: {
        y: false, drag: { x: true, y: false, setScale: false, dist: 6 }, points: { show: false },
        sync: { key: "stride", setSeries: false, scales: ["x", null] },
        bind: {
          dblclick: () => () => {
            this.view.onZoom(null);
            return null;
          },
        },
      },
      hooks: {
        setSelect: [chart => {
          if (chart.select.width > 4) {
            const from = chart.posToVal(chart.select.left, "x");
            const to = chart.posToVal(chart.select.left + chart.select.width, "x");
            chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.view.onZoom([from, to]);
          }
        }],
        setCursor: [() => this.point()],
        setSize: [() => this.placeMarks()],
      },
    };
  }

  // ---- reading values

  point() {
    const chart = this.chart;
    const here = chart && (chart.over.matches(":hover") || document.activeElement === this.figure && this.reading);
    const left = chart ? chart.cursor.left : -1;
    if (!here || left === null || left === undefined || left < 0) {
      this.tip.hidden = true;
      return;
    }
    const x = chart.posToVal(left, "x");
    const groups = new Map();
    let title = null;
    let distance = Infinity;
    for (const line of this.lines) {
      if (!line.tip) {
        continue;
      }
      const i = nearest(line.x, x);
      const y = line.y[i];
      const away = Math.abs(chart.valToPos(line.x[i], "x") - left);
      const before = line.x[0] > x && away > 12 || line.x[line.x.length - 1] < x && away > 12;
      if (y === null || y === undefined || before || line.points && line.width === 0 && away > 10) {
        continue;
      }
      if (!line.background && away < distance) {
        distance = away;
        title = this.view.titleAt(line.x[i]);
      }
      const rows = groups.get(line.group) || [];
      rows.push([line.name, line.format(y), line.color, Math.abs(chart.valToPos(y, line.scale) - (chart.cursor.top ?? 0))]);
      groups.set(line.group, rows);
    }
    if (groups.size === 0) {
      this.tip.hidden = true;
      return;
    }
    this.drawTip(title ?? this.view.titleAt(x), groups);
    const width = this.canvas.clientWidth;
    const offset = chart.over.offsetLeft + left;
    this.tip.hidden = false;
    const room = this.tip.offsetWidth;
    const place = offset + 14 + room <= width ? offset + 14 : Math.max(0, offset - 14 - room);
    this.tip.style.transform = `translateX(${Math.min(place, Math.max(0, width - room))}px)`;
  }

  drawTip(title, groups) {
    // of many runs those are told whose line is nearest to the pointer
    let entries = [...groups.entries()];
    let rows = entries.reduce((sum, [, list]) => sum + list.length, 0);
    let hidden = 0;
    if (rows > MOST_TIP_ROWS && entries.length > 1) {
      const distance = list => Math.min(...list.map(row => row[3]));
      entries.sort((a, b) => distance(a[1]) - distance(b[1]));
      while (entries.length > 1 && rows > MOST_TIP_ROWS) {
        rows -= entries.pop()[1].length;
        hidden++;
      }
    }
    const parts = [el("b", {}, title)];
    for (const [group, list] of entries) {
      if (group) {
        const name = el("span", { class: "name given" }, group);
        name.style.color = list[0][2];
        parts.push(name);
      }
      for (const [label, value, color] of list) {
        const key = el("span", { class: "swatch" });
        key.style.background = color;
        parts.push(el("span", { class: "value" }, el("span", {}, group ? null : key, label), el("span", {}, value)));
      }
    }
    if (hidden) {
      parts.push(el("span", { class: "soft" }, words("andMore", hidden)));
    }
    // who reads by keys hears the values; a pointer that passes says nothing
    fill(this.tip, { "aria-live": this.reading ? "polite" : "off" });
    this.tip.replaceChildren(...parts);
  }

  leave() {
    this.reading = false;
    this.tip.hidden = true;
    if (this.chart) {
      this.chart.setCursor({ left: -10, top: -10 });
    }
  }

  key(event) {
    const chart = this.chart;
    if (!chart || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.figure) {
      return;
    }
    const width = chart.over.clientWidth;
    const [low, high] = this.view.x.range;
    const left = chart.cursor.left >= 0 ? chart.cursor.left : width;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight" || event.key === "Home" || event.key === "End") {
      const line = this.lines.find(one => one.tip && !one.background && one.x.length > 1);
      if (!line) {
        return;
      }
      let i = nearest(line.x, chart.posToVal(left, "x")) + (event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1);
      i = event.key === "Home" ? 0 : event.key === "End" ? line.x.length - 1 : Math.max(0, Math.min(line.x.length - 1, i));
      this.reading = true;
      chart.setCursor({ left: Math.max(0, Math.min(width, chart.valToPos(line.x[i], "x"))), top: chart.over.clientHeight / 2 });
    } else if (event.key === "+" || event.key === "=" || event.key === "-") {
      this.view.onZoom(zoomed([low, high], event.key === "-" ? 2 : 0.5, chart.posToVal(left, "x")), this.view.x.whole);
    } else if (event.key === "Escape") {
      this.leave();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // ---- marks of events

  placeMarks() {
    const marks = this.view.marks || [];
    if (!this.markLayer) {
      return;
    }
    const [low, high] = this.view.x.range;
    const groups = [];
    for (const mark of marks.filter(one => one.x >= low && one.x <= high).sort((a, b) => a.x - b.x)) {
      const left = Math.round(this.chart.valToPos(mark.x, "x"));
      const last = groups[groups.length - 1];
      if (last && left - last.left < MARK_ROOM) {
        last.marks.push(mark);
      } else {
        groups.push({ left, marks: [mark] });
      }
    }
    const signature = JSON.stringify(groups.map(group => [group.marks.map(mark => [mark.key, mark.number, mark.text])]));
    if (signature !== this.markSignature || this.markLayer.childElementCount !== groups.length) {
      this.markSignature = signature;
      this.markLayer.replaceChildren(...groups.map(group => this.mark(group.marks)));
    }
    groups.forEach((group, i) => {
      const element = this.markLayer.children[i];
      element.style.transform = `translateX(${group.left}px)`;
      element.classList.toggle("far", group.left > this.chart.over.clientWidth / 2);
    });
  }

  mark(marks) {
    const worst = marks.find(mark => mark.level === "bad") || marks.find(mark => mark.level === "look") || marks[0];
    const text = marks.map(mark => mark.text).slice(0, 8).join("\n") + (marks.length > 8 ? "\n…" : "");
    const button = el("button", { type: "button", class: "badge", "aria-label": text, on: { click: () => worst.open() } },
      marks.length === 1 ? String(marks[0].number) : marks.length + "×");
    for (const event of ["mousedown", "mouseup", "dblclick"]) {
      button.addEventListener(event, one => one.stopPropagation());
    }
    return el("div", { class: "mark", data: { level: worst.level, events: marks.length } }, button,
      el("div", { class: "mark-text given", "aria-hidden": "true" }, text));
  }

  // What is drawn, for tests: the horizontal values and each line's values there.
  read() {
    const [x, ...columns] = join(this.lines);
    const series = {};
    this.lines.forEach((line, i) => {
      series[(line.group ? line.group + " · " : "") + line.key] = Array.from(columns[i] || [], value => value ?? null);
    });
    return { x: Array.from(x || []), series, range: this.view ? this.view.x.range : null };
  }
}

// A range made wider or narrower around a place.
export function zoomed([low, high], factor, around) {
  const at = Number.isFinite(around) ? Math.min(high, Math.max(low, around)) : (low + high) / 2;
  return [at - (at - low) * factor, at + (high - at) * factor];
}
