/* Pictures in SVG, each a figure with a caption and the table of its numbers behind it. */

const SVG = "http://www.w3.org/2000/svg";
const OURS = "#d55e00";
// From dark violet to light yellow, evenly brighter: what is more is lighter, in grey, too.
const SHADES = ["#2b0b4f", "#47166e", "#6a1f6f", "#8f2a63", "#b53d4e", "#d6593a", "#ee8030", "#f9b04a", "#fbe3a0"];
const EMPTY = "#eeeeec";

/** An HTML element; a child is an element or a text. */
export function html(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A number with `digits` that count, never in powers of ten where it can be read without. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "none";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(digits - 1);
  return size >= 10 ** (digits - 1) ? value.toFixed(0) : String(Number(value.toPrecision(digits)));
}

const withUnit = (label, unit) => (unit ? `${label} (${unit})` : label);

/** A table that scrolls in itself, folded away under a line that says what it is. */
export function table(title, head, rows) {
  const body = rows.map((row) =>
    html("tr", {}, ...row.map((cell, i) => html(i ? "td" : "th", i ? {} : { scope: "row" }, cell))),
  );
  const made = html(
    "table",
    {},
    html("thead", {}, html("tr", {}, ...head.map((cell) => html("th", { scope: "col" }, cell)))),
    html("tbody", {}, ...body),
  );
  const scroll = html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, made);
  return html("details", {}, html("summary", {}, `Table: ${title}`), scroll);
}

function figure(title, picture, caption, ...tables) {
  return html("figure", {}, html("h3", {}, title), picture, html("figcaption", {}, caption), ...tables);
}

/** The colour of a value between `low` and `high`, by its logarithm; what is below `low` has that of `low`, 0 is empty. */
export function colour(value, { low, high }) {
  if (!(value > 0)) return EMPTY;
  const share = Math.min(Math.max(Math.log(value / low) / Math.log(high / low), 0), 1) * (SHADES.length - 1);
  const at = Math.min(Math.floor(share), SHADES.length - 2);
  const [from, to] = [SHADES[at], SHADES[at + 1]].map((one) => [1, 3, 5].map((i) => parseInt(one.slice(i, i + 2), 16)));
  return `rgb(${from.map((one, i) => Math.round(one + (share - at) * (to[i] - one))).join(",")})`;
}

/** A bar that says which colour means how much. */
export function colourBar(scale, unit) {
  const [width, height, steps] = [320, 12, 64];
  const position = (value) => (width * Math.log(value / scale.low)) / Math.log(scale.high / scale.low);
  const bar = svg("svg", { viewBox: `-20 0 ${width + 60} 30`, role: "img", "aria-label": "Colours, by the logarithm" });
  for (let i = 0; i < steps; i++) {
    const value = scale.low * (scale.high / scale.low) ** ((i + 0.5) / steps);
    const [x, fill] = [(i * width) / steps, colour(value, scale)];
    bar.append(svg("rect", { x, y: 0, width: width / steps + 0.5, height, fill }));
  }
  for (let value = scale.low; value <= scale.high * 1.001; value *= 10)
    bar.append(svg("text", { x: position(value), y: 26, "text-anchor": "middle" }, number(value)));
  bar.append(svg("text", { x: width + 12, y: 11 }, unit));
  return html("div", { class: "bar" }, bar);
}

/**
 * Cells as an image to scale: `boxes` are [{x, y, width, height, value}] in a frame of `width` x `height`, y upwards;
 * `marks` are points [{x, y}]. The table has the `rows` and the `head` that are given.
 */
export function cells({ title, boxes, width, height, scale, unit, caption, head, rows, marks = [] }) {
  const largest = Math.max(...boxes.map((box) => box.value));
  const label = `${title}: the largest value is ${number(largest)} ${unit}; the table has all.`;
  const edge = 0.004 * Math.max(width, height);
  const picture = svg("svg", { viewBox: `${-edge} ${-edge} ${width + 2 * edge} ${height + 2 * edge}`, role: "img", "aria-label": label });
  picture.append(svg("rect", { x: -edge / 2, y: -edge / 2, width: width + edge, height: height + edge, fill: EMPTY, stroke: "#555", "stroke-width": edge }));
  for (const box of boxes) {
    const cell = svg("rect", { x: box.x, y: height - box.y - box.height, width: box.width, height: box.height, fill: colour(box.value, scale), stroke: "#fff", "stroke-width": edge / 6 });
    cell.append(svg("title", {}, `${number(box.value)} ${unit}`));
    picture.append(cell);
  }
  for (const { x, y } of marks) {
    const arm = 0.025 * width;
    const path = `M${x - arm} ${height - y}h${2 * arm}M${x} ${height - y - arm}v${2 * arm}`;
    for (const [stroke, thick] of [["#fff", 4], ["#0050a0", 2]])
      picture.append(svg("path", { d: path, fill: "none", stroke, "stroke-width": thick * edge }));
  }
  return figure(title, picture, caption, table(`${title}, ${unit}`, head, rows));
}

/** Arrows from the origin of a plane: [{label, x, y, colour}], the longest as long as the frame; x to the right. */
export function arrows({ title, vectors, unit, caption, axes }) {
  const longest = Math.max(...vectors.map(({ x, y }) => Math.hypot(x, y)), 1e-9);
  const label = `${title}: ${vectors.map((one) => `${one.label} ${number(one.x)}, ${number(one.y)} ${unit}`).join("; ")}`;
  const picture = svg("svg", { viewBox: "-130 -130 260 260", role: "img", "aria-label": label });
  picture.append(svg("path", { d: "M-125 0H125M0-125V125", stroke: "#999", "stroke-width": 0.7 }));
  picture.append(svg("text", { x: 126, y: -5, "text-anchor": "end" }, axes[0]), svg("text", { x: 5, y: -118 }, axes[1]));
  for (const { label, x, y, colour: stroke, dashed } of vectors) {
    const [dx, dy] = [(100 * x) / longest, (-100 * y) / longest];
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy] = [dx / length, dy / length];
    const head = `M${dx} ${dy}L${dx - 7 * ux - 3.5 * uy} ${dy - 7 * uy + 3.5 * ux}L${dx - 7 * ux + 3.5 * uy} ${dy - 7 * uy - 3.5 * ux}Z`;
    picture.append(svg("path", { d: `M0 0L${dx} ${dy}`, stroke, "stroke-width": 2.2, ...(dashed ? { "stroke-dasharray": "5 3" } : {}) }));
    if (length > 8) picture.append(svg("path", { d: head, fill: stroke }));
    picture.append(svg("text", { x: dx + 11 * ux, y: dy + 11 * uy + 4, "text-anchor": "middle" }, label));
  }
  return figure(title, picture, `${caption} The longest arrow is ${number(longest)} ${unit}.`);
}

/** Numbers as horizontal bars about 0, on a scale by arsinh(value / `knee`): [{label, value}]. */
export function bars({ title, values, unit, caption, knee, largest }) {
  const label = `${title}: ${values.map((one) => `${one.label} ${number(one.value)}`).join("; ")}`;
  const position = (value) => 235 + (130 * Math.asinh(value / knee)) / Math.asinh(largest / knee);
  const height = 30 * values.length;
  const picture = svg("svg", { viewBox: `0 0 385 ${height + 26}`, role: "img", "aria-label": label });
  const ticks = [knee, 10 * knee, largest].flatMap((one) => [-one, one]).concat(0);
  for (const tick of ticks) {
    picture.append(svg("path", { d: `M${position(tick)} 0V${height}`, stroke: tick ? "#ccc" : "#555" }));
    picture.append(svg("text", { x: position(tick), y: height + 16, "text-anchor": "middle" }, number(tick)));
  }
  values.forEach(({ label, value }, i) => {
    const [from, to] = [position(0), position(Math.min(Math.max(value, -largest), largest))];
    picture.append(svg("rect", { x: Math.min(from, to), y: 30 * i + 6, width: Math.abs(to - from), height: 18, fill: OURS }));
    picture.append(svg("text", { x: 0, y: 30 * i + 19 }, label));
  });
  return figure(title, picture, caption, table(title, ["hypothesis", withUnit("value", unit)], values.map((one) => [one.label, number(one.value, 4)])));
}

const FRAME = { left: 44, right: 6, top: 6, main: 130, gap: 8, ratio: 46, width: 320, height: 232 };

/** A histogram of events so far (points) beside the reference (filled), as shares of all, with their ratio below. */
export function histogram({ label, unit, edges, counts, reference, source }) {
  const bins = counts.length;
  const [events, others] = [counts, reference].map((one) => one.reduce((sum, count) => sum + count, 0));
  const share = (count, all) => (all ? count / all : 0);
  const error = (count, all) => (all ? Math.sqrt(Math.max(count, 1)) / all : 0);
  const top = 1.15 * Math.max(...reference.map((one) => share(one, others)), ...counts.map((one) => share(one, events)), 1e-9);
  const steps = edges.slice(1).map((edge, i) => edge - edges[i]);
  const even = Math.max(...steps) < 1.01 * Math.min(...steps);
  const inner = FRAME.width - FRAME.left - FRAME.right;
  const place = even ? (i) => (edges[i] - edges[0]) / (edges[bins] - edges[0]) : (i) => i / bins;
  const x = (i) => FRAME.left + inner * place(i);
  const middle = (i) => (x(i) + x(i + 1)) / 2;
  const y = (value) => FRAME.top + FRAME.main * (1 - value / top);
  const below = FRAME.top + FRAME.main + FRAME.gap;
  const ratio = (value) => below + FRAME.ratio * (1 - Math.min(Math.max(value, 0), 2) / 2);

  const text = `${withUnit(label, unit)}: ${events} events so far and ${others} of ${source}; the table has the bins.`;
  const picture = svg("svg", { viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, role: "img", "aria-label": text });
  let outline = `M${x(0)} ${y(0)}`;
  for (let i = 0; i < bins; i++) outline += `V${y(share(reference[i], others))}H${x(i + 1)}`;
  picture.append(svg("path", { d: `${outline}V${y(0)}Z`, fill: "#d6d6d6", stroke: "#767676", "stroke-width": 0.8 }));
  picture.append(svg("path", { d: `M${x(0)} ${ratio(1)}H${x(bins)}`, stroke: "#767676", "stroke-width": 0.8 }));
  let points = "";
  for (let i = 0; events && i < bins; i++) {
    const [ours, theirs] = [share(counts[i], events), share(reference[i], others)];
    if (counts[i]) points += bar(middle(i), y(ours), y(ours + error(counts[i], events)), y(Math.max(ours - error(counts[i], events), 0)));
    if (!counts[i] || !reference[i] || ours / theirs > 2) continue;
    const off = (ours / theirs) * Math.sqrt(1 / counts[i] + 1 / reference[i]);
    points += bar(middle(i), ratio(ours / theirs), ratio(ours / theirs + off), ratio(ours / theirs - off));
  }
  picture.append(svg("path", { d: points, stroke: OURS, "stroke-width": 1.3, fill: "none" }));
  for (const [from, high] of [[FRAME.top, FRAME.main], [below, FRAME.ratio]])
    picture.append(svg("rect", { x: FRAME.left, y: from, width: inner, height: high, fill: "none", stroke: "#555", "stroke-width": 0.8 }));
  const words = (x, y, text, anchor = "end") => picture.append(svg("text", { x, y, "text-anchor": anchor }, text));
  words(FRAME.left - 4, y(0), "0");
  words(FRAME.left - 4, y(top / 1.15) + 4, number(top / 1.15, 2));
  for (const value of [0, 1, 2]) words(FRAME.left - 4, ratio(value) + 4, String(value));
  const ticks = even ? [0, bins / 2, bins].map((i) => [x(0) + (inner * i) / bins, edges[0] + ((edges[bins] - edges[0]) * i) / bins]) : [0, bins >> 2, bins >> 1, (3 * bins) >> 2, bins].map((i) => [x(i), edges[i]]);
  ticks.forEach(([at, value], i) => words(at, below + FRAME.ratio + 13, number(value, 2), i === 0 ? "start" : at > FRAME.width - 20 ? "end" : "middle"));
  words(FRAME.left + inner / 2, FRAME.height - 4, withUnit(label, unit), "middle");

  const rows = counts.map((count, i) => [`${number(edges[i])} to ${number(edges[i + 1])}`, String(count), number(share(count, events)), String(reference[i]), number(share(reference[i], others))]);
  const head = [withUnit("bin", unit), "events here", "share", source, "share"];
  return html("figure", {}, picture, table(withUnit(label, unit), head, rows));
}

/** A cross: a point with its error. */
function bar(x, y, high, low) {
  return `M${x - 2} ${y}h4M${x} ${high}V${low}`;
}
