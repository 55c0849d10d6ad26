/* Models by name: what they are, and their events, made by the worker. */

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let asked = 0;

worker.onmessage = ({ data: { id, error, ...answer } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  error ? reject(new Error(error)) : resolve(answer);
};
worker.onerror = (event) => {
  for (const { reject } of waiting.values()) reject(new Error(event.message || "the worker did not start"));
  waiting.clear();
};

const ask = (message) =>
  new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    worker.postMessage({ id: asked, ...message });
  });

async function fetched(path) {
  const answer = await fetch(new URL(path, import.meta.url));
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
  return answer;
}

/** The models that there are: [{name, title, room}]. */
export const list = async () => (await fetched("models/models.json")).json();

/** What the card says of a model, its reference histograms, and the conditions (k numbers an event) of its thousand. */
export async function load(name) {
  const about = await (await fetched(`models/${name}/about.json`)).json();
  const rows = new Float32Array(await (await fetched(`models/${name}/conditions.f32`)).arrayBuffer());
  await ask({ task: "load", about });
  return { ...about, asked: rows };
}

/** Events of the model that was loaded last; `conditions` are {name: Float32Array of n times k numbers}. */
export const sample = (seed, first, n, conditions) => ask({ task: "sample", seed, first, n, conditions });

/** Event `i` of outputs, {name: Float32Array}, with the conditions that it was asked for. */
export function eventOf(about, outputs, i, asked) {
  const part = ([name, { shape }]) => {
    const size = shape.reduce((product, one) => product * one, 1);
    return [name, outputs[name].subarray(i * size, (i + 1) * size)];
  };
  return { ...Object.fromEntries(Object.entries(about.outputs).map(part)), asked };
}
