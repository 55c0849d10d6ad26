/* The page: what a person chooses becomes an event, its picture, and sums of a thousand. */
import { bin, merged, mergedEdges } from "./counts.js";
import { histogram, html } from "./draw.js";
import { ROOMS } from "./rooms.js";
import { eventOf, list, load, sample } from "./sampler.js";

const THOUSAND = 1000;
const CHUNK = 50; // events between two pictures
const BINS = 33; // of a picture, at most
const at = (id) => document.getElementById(id);

let about, room, sums; // of the model that is chosen
let busy = Promise.resolve();

const say = (text, working = false) => {
  at("status").textContent = text;
  at("status").classList.toggle("busy", working);
};

/** One thing after the other. The buttons keep the focus and say that they wait. */
function exclusive(task) {
  const run = async () => {
    waiting(true);
    try {
      await task();
    } catch (error) {
      say(`That failed: ${error.message}`);
    }
    waiting(false);
  };
  busy = busy.then(run);
  return busy;
}

function waiting(now) {
  at("main").dataset.busy = now;
  for (const id of ["draw", "next", "sum"]) at(id).setAttribute("aria-disabled", now || !about);
}

/** What a button does, unless it waits. */
const pressed = (task) => about && at("main").dataset.busy === "false" && exclusive(task);

async function choose(name) {
  about = undefined;
  say(`Loading ${name} …`, true);
  at("event").replaceChildren();
  at("histograms").replaceChildren();
  const loaded = await load(name);
  [about, room, sums] = [loaded, ROOMS[loaded.room], undefined];
  at("controls").replaceChildren(...room.controls.map(control));
  at("about").replaceChildren(
    html("p", {}, about.summary, "."),
    html("p", {}, html("b", {}, "How far it is: "), about.headline),
    html("p", {}, `Taught by ${about.taught}. The paper: ${about.paper.title}${about.paper.arxiv ? ` (arXiv:${about.paper.arxiv})` : ""}.`),
  );
  at("legend").replaceChildren(
    html("span", { class: "key reference" }), `${room.reference}: ${about.events.toLocaleString("en")} held-out events. `,
    html("span", { class: "key ours" }), `This network, ${room.spread}. Shares of all; below, the ratio.`,
  );
  clear();
  await draw();
}

/** A slider and a number field that say the same. */
function control({ name, label, unit, low, high, start, log }) {
  const id = `control-${name}`;
  const field = html("input", { id, type: "number", min: low, max: high, step: "any", value: start, required: "" });
  const slider = html("input", { type: "range", min: 0, max: 1000, step: 1, "aria-label": `${label}, slider` });
  const scale = (value) => (log ? Math.log(value) : value);
  const show = () => {
    slider.value = (1000 * (scale(field.value) - scale(low))) / (scale(high) - scale(low));
    slider.setAttribute("aria-valuetext", `${field.value} ${unit}`);
  };
  slider.addEventListener("input", () => {
    const value = scale(low) + (slider.value / 1000) * (scale(high) - scale(low));
    field.value = Number((log ? Math.exp(value) : value).toPrecision(4));
    slider.setAttribute("aria-valuetext", `${field.value} ${unit}`);
  });
  slider.addEventListener("change", () => exclusive(draw));
  field.addEventListener("input", show);
  show();
  return html("div", { class: "control" }, html("label", { for: id }, unit ? `${label} (${unit})` : label), slider, field);
}

const chosen = () => Object.fromEntries(room.controls.map(({ name }) => [name, Number(at(`control-${name}`).value)]));

async function draw() {
  if (!at("form").reportValidity()) return;
  const [seed, number] = [Number(at("seed").value), Number(at("number").value)];
  const asked = room.conditions(chosen());
  for (const [name, values] of Object.entries(asked)) asked[name] = Array.from(Float32Array.from(values));
  const columns = Object.fromEntries(Object.entries(asked).map(([name, values]) => [name, Float32Array.from(values)]));
  const { outputs, seconds } = await sample(seed, number, 1, columns);
  const { numbers, figures, bar, after } = room.show(eventOf(about, outputs, 0, asked));
  const list = html("dl", { class: "numbers" }, ...numbers.map(([label, text]) => html("div", {}, html("dt", {}, label), html("dd", {}, text))));
  const words = Object.entries(asked).map(([name, values]) => `${name}=${values.length > 1 ? `[${values.join(", ")}]` : values[0]}`);
  const python = ["1", `seed=${seed}`, `first=${number}`, ...words].join(", ");
  at("event").replaceChildren(
    html("h2", {}, `${about.title}: event ${number}`),
    list,
    ...(bar ? [bar] : []),
    html("div", { class: figures.length > 1 ? "figures" : "figures one" }, ...figures),
    ...(after ? [after] : []),
    html("p", {}, "The same event in Python:"),
    html("pre", {}, html("code", {}, `zoo.load("${about.name}").sample(${python})`)),
  );
  say(`Event ${number} took ${(1000 * seconds).toFixed(0)} ms. ${numbers.map((one) => one.join(": ")).join(", ")}.`);
}

function clear() {
  sums = { events: 0, seconds: 0, counts: Object.fromEntries(room.panels.map(({ name }) => [name, new Array(about.histograms[name].reference.length).fill(0)])) };
  show();
}

/** Sum the next thousand events of the seed, whose conditions are those of held-out ones. */
async function sum() {
  if (!at("seed").reportValidity()) return;
  const seed = Number(at("seed").value);
  if (sums.seed !== seed) clear();
  sums.seed = seed;
  const sizes = Object.entries(about.conditions).map(([name, { shape }]) => [name, shape[0] ?? 1]);
  const width = sizes.reduce((all, [, size]) => all + size, 0);
  const known = width ? about.asked.length / width : Infinity;
  for (const stop = sums.events + THOUSAND; sums.events < stop; ) {
    const asked = Array.from({ length: CHUNK }, (_, i) => {
      let column = ((sums.events + i) % known) * width;
      return Object.fromEntries(sizes.map(([name, size]) => [name, Array.from(about.asked.subarray(column, (column += size)))]));
    });
    const columns = Object.fromEntries(sizes.map(([name]) => [name, Float32Array.from(asked.flatMap((one) => one[name]))]));
    const { outputs, seconds } = await sample(seed, sums.events, CHUNK, columns);
    asked.forEach((conditions, i) => fill(room.observe(eventOf(about, outputs, i, conditions))));
    sums.events += CHUNK;
    sums.seconds += seconds;
    show();
    say(`${sums.events} events …`, true);
  }
  const speed = sums.events / sums.seconds;
  say(`${sums.events.toLocaleString("en")} events, ${Number(speed.toPrecision(2)).toLocaleString("en")} events per second on one core of this machine, noise included.`);
}

function fill(values) {
  for (const { name } of room.panels) {
    const found = bin(about.histograms[name].edges, values[name], room.clamped);
    if (found >= 0) sums.counts[name][found] += 1;
  }
}

function show() {
  const pictures = room.panels.map(({ name, label, unit }) => {
    const { edges, reference } = about.histograms[name];
    const factor = Math.ceil(reference.length / BINS);
    return histogram({ label, unit, edges: mergedEdges(edges, factor), counts: merged(sums.counts[name], factor), reference: merged(reference, factor), source: room.reference });
  });
  const open = Array.from(at("histograms").querySelectorAll("details"), (one) => one.open);
  at("histograms").replaceChildren(...pictures);
  at("histograms").querySelectorAll("details").forEach((one, i) => (one.open = open[i] ?? false));
}

async function start() {
  const models = await list();
  const groups = Map.groupBy ? Map.groupBy(models, (one) => one.group) : new Map([["Models", models]]);
  for (const [label, members] of groups)
    at("model").append(html("optgroup", { label }, ...members.map(({ name, title }) => html("option", { value: name }, title))));
  const wanted = () => (models.find(({ name }) => `#${name}` === location.hash) ?? models[0]).name;
  at("model").value = wanted();
  at("model").addEventListener("change", () => (location.hash = at("model").value));
  addEventListener("hashchange", () => {
    at("model").value = wanted();
    exclusive(() => choose(wanted()));
  });
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    pressed(draw);
  });
  at("next").addEventListener("click", () =>
    pressed(() => {
      at("number").value = Number(at("number").value) + 1;
      return draw();
    }),
  );
  at("sum").addEventListener("click", () => pressed(sum));
  await exclusive(() => choose(wanted()));
}

start().catch((error) => say(`The page could not start: ${error.message}`));
