/* What the models generate, room by room: what a person may ask for, how an event is drawn, and what is summed.
 *
 * A room has
 *   reference   who made the events that are compared with
 *   controls    [{name, label, unit, low, high, start, log}], of what a person chooses
 *   conditions  (values of the controls) -> {name: [numbers]}, what the network is asked
 *   panels      [{name, label, unit}], histograms of weights/NAME/distributions.h5
 *   observe     (event) -> {name: number}; NaN is not counted. As reproductions/ROOM/observables.py defines them
 *   clamped     whether the first and the last bin hold all beyond
 *   show        (event) -> {numbers: [[label, text]], figures: [elements]}
 * and an event is {output: Float32Array, ..., asked: {condition: [numbers]}}.
 */
import { arrows, bars, cells, colourBar, number, table } from "./draw.js";

const sum = (values) => values.reduce((total, value) => total + value, 0);
const range = (n) => Array.from({ length: n }, (_, i) => i);
const scalars = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));

/* CaloGAN: three layers of a lead and liquid-argon calorimeter. */

const SIDE = 480; // mm, of all layers
const LAYERS = [
  { name: "layer_0", rows: 3, columns: 96, depth: 90, title: "First layer" },
  { name: "layer_1", rows: 12, columns: 12, depth: 347, title: "Middle layer" },
  { name: "layer_2", rows: 12, columns: 6, depth: 43, title: "Last layer" },
];
const MEV = { low: 0.1, high: 1e5 };

function grid(values, rows, columns, side) {
  const [height, width] = [side / rows, side / columns];
  return range(rows * columns).map((i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return { x: column * width, y: row * height, width, height, value: values[i], row, column };
  });
}

function showersOf(event) {
  const energies = LAYERS.map(({ name }) => sum(event[name]) / 1000);
  const total = sum(energies);
  const numbers = [["Asked for", `${number(event.asked.energy[0])} GeV`], ["Deposited", `${number(total)} GeV`]];
  LAYERS.forEach(({ title }, i) => numbers.push([title, `${number(energies[i])} GeV, ${number((100 * energies[i]) / total)} %`]));
  let front = 0;
  const side = LAYERS.flatMap(({ name, rows, columns, depth }) => {
    const boxes = range(rows).map((row) => {
      const value = sum(event[name].subarray(row * columns, (row + 1) * columns));
      return { x: front, y: (row * SIDE) / rows, width: depth, height: SIDE / rows, value };
    });
    front += depth;
    return boxes;
  });
  const strips = side.map((box) => [`${number(box.x)} to ${number(box.x + box.width)}`, `${number(box.y)} to ${number(box.y + box.height)}`, number(box.value)]);
  const figures = [
    cells({ title: "From the side", boxes: side, width: SIDE, height: SIDE, scale: MEV, unit: "MeV", caption: "The particle comes from the left. All pictures are to scale: 480 mm by 480 mm, layers 90, 347 and 43 mm deep.", head: ["depth (mm)", "x (mm)", "MeV"], rows: strips }),
  ];
  for (const { name, rows, columns, title } of LAYERS) {
    const boxes = grid(event[name], rows, columns, SIDE);
    const lines = range(rows).map((row) => [String(row + 1), ...range(columns).map((column) => number(event[name][row * columns + column]))]);
    const caption = `Seen along the particle: ${rows} × ${columns} cells of ${SIDE / rows} mm × ${SIDE / columns} mm.`;
    figures.push(cells({ title, boxes, width: SIDE, height: SIDE, scale: MEV, unit: "MeV", caption, head: ["x \\ y", ...range(columns).map((i) => String(i + 1))], rows: lines }));
  }
  return { numbers, figures, bar: colourBar(MEV, "MeV") };
}

function shapesOf(event) {
  const energies = LAYERS.map(({ name }) => sum(event[name]));
  const total = sum(energies);
  const found = { e_total: total / 1000, shower_depth: (energies[1] + 2 * energies[2]) / total };
  LAYERS.forEach(({ name, rows, columns }, i) => {
    const cells = event[name];
    const sorted = Array.from(cells).sort((a, b) => b - a);
    const profile = range(rows).map((row) => sum(cells.subarray(row * columns, (row + 1) * columns)) / energies[i]);
    const place = (row) => SIDE * ((row + 0.5) / rows - 0.5);
    const mean = sum(profile.map((part, row) => part * place(row)));
    found[`e_layer_${i}`] = energies[i] / 1000;
    found[`sparsity_layer_${i}`] = cells.filter((cell) => cell > 0).length / cells.length;
    found[`e_ratio_layer_${i}`] = (sorted[0] - sorted[1]) / (sorted[0] + sorted[1]);
    found[`lateral_width_layer_${i}`] = Math.sqrt(sum(profile.map((part, row) => part * (place(row) - mean) ** 2)));
  });
  return found;
}

const calogan = {
  reference: "Geant4",
  controls: [{ name: "energy", label: "Energy", unit: "GeV", low: 1, high: 100, start: 50 }],
  conditions: scalars,
  spread: "energies uniform from 1 to 100 GeV",
  panels: [
    { name: "e_total", label: "Deposited energy", unit: "GeV" },
    { name: "e_layer_0", label: "Energy in the first layer", unit: "GeV" },
    { name: "e_layer_1", label: "Energy in the middle layer", unit: "GeV" },
    { name: "e_layer_2", label: "Energy in the last layer", unit: "GeV" },
    { name: "shower_depth", label: "Mean layer, by energy", unit: "" },
    { name: "lateral_width_layer_1", label: "Width in the middle layer", unit: "mm" },
    { name: "e_ratio_layer_1", label: "(1st − 2nd) / (1st + 2nd) cell, middle layer", unit: "" },
    { name: "sparsity_layer_1", label: "Cells with energy, middle layer", unit: "share" },
  ],
  observe: shapesOf,
  show: showersOf,
};

/* ECAL: one plane of 30 x 30 cells, and an electron that comes at an angle. */

const [ECAL, CELL, ECAL_DEPTH] = [30, 20, 120]; // cells along an edge, mm, and mm behind the front face

function projectedOf({ energy, asked: { momentum, point } }) {
  const slope = [momentum[0] / momentum[2], momentum[1] / momentum[2]];
  const size = Math.hypot(...slope);
  const [ux, uy] = size > 0 ? slope.map((one) => one / size) : [1, 0];
  const track = slope.map((one, i) => point[i] + ECAL_DEPTH * one);
  const along = [], across = [], xs = [];
  for (let i = 0; i < ECAL * ECAL; i++) {
    const x = CELL * (Math.floor(i / ECAL) - (ECAL - 1) / 2) - track[0];
    const y = CELL * ((i % ECAL) - (ECAL - 1) / 2) - track[1];
    along.push(x * ux + y * uy);
    across.push(y * ux - x * uy);
    xs.push(x);
  }
  const total = sum(energy);
  const mean = (distance) => energy.reduce((all, one, i) => all + one * distance[i], 0) / total;
  const width = (distance, centre = mean(distance)) => Math.sqrt(mean(distance.map((one) => (one - centre) ** 2)));
  const beam = Math.hypot(...momentum);
  return {
    width_trans: width(across) / 10,
    width_long: width(along) / 10,
    delta_x: mean(xs) / 10,
    asymmetry_trans: mean(across.map(Math.sign)),
    asymmetry_long: mean(along.map(Math.sign)),
    response: total / beam / 1000,
    occupancy: energy.filter((one) => one > 1).length / energy.length,
  };
}

function electronOf(event) {
  const { momentum, point } = event.asked;
  const [total, beam] = [sum(event.energy) / 1000, Math.hypot(...momentum)];
  const shift = [0, 1].map((i) => point[i] + (ECAL_DEPTH * momentum[i]) / momentum[2]);
  const boxes = grid(event.energy, ECAL, ECAL, ECAL * CELL).map((box) => ({ ...box, x: box.y, y: box.x }));
  const lines = range(ECAL).map((row) => [String(row + 1), ...range(ECAL).map((column) => number(event.energy[row * ECAL + column]))]);
  const scale = { low: 0.1, high: 1e4 };
  const picture = cells({
    title: "The scintillator", boxes, width: ECAL * CELL, height: ECAL * CELL, scale, unit: "MeV", marks: [{ x: shift[0] + 300, y: shift[1] + 300 }],
    caption: "30 × 30 cells of 2 cm, x to the right, y upwards. The cross is where the electron's line is 12 cm behind the front.",
    head: ["x \\ y", ...range(ECAL).map((i) => String(i + 1))], rows: lines,
  });
  const numbers = [["Electron", `${number(beam)} GeV`], ["In the scintillator", `${number(total)} GeV, ${number((100 * total) / beam)} %`], ["Largest cell", `${number(Math.max(...event.energy))} MeV`]];
  return { numbers, figures: [picture], bar: colourBar(scale, "MeV") };
}

const ecal_gan = {
  reference: "Geant4",
  controls: [
    { name: "energy", label: "Energy", unit: "GeV", low: 1, high: 100, start: 30 },
    { name: "xz", label: "Angle in xz", unit: "degrees", low: -50, high: 50, start: 20 },
    { name: "yz", label: "Angle in yz", unit: "degrees", low: -25, high: 25, start: -5 },
  ],
  conditions({ energy, xz, yz }) {
    const direction = [Math.tan((xz * Math.PI) / 180), Math.tan((yz * Math.PI) / 180), 1];
    const length = Math.hypot(...direction);
    return { momentum: direction.map((one) => (energy * one) / length), point: [0, 0] };
  },
  spread: "momenta and points of held-out electrons",
  panels: [
    { name: "width_trans", label: "Width across the track", unit: "cm" },
    { name: "width_long", label: "Width along the track", unit: "cm" },
    { name: "delta_x", label: "Shift from the track in x", unit: "cm" },
    { name: "asymmetry_trans", label: "Asymmetry across the track", unit: "" },
    { name: "asymmetry_long", label: "Asymmetry along the track", unit: "" },
    { name: "response", label: "Energy seen / energy of the electron", unit: "" },
    { name: "occupancy", label: "Cells above 1 MeV", unit: "share" },
  ],
  observe: projectedOf,
  show: electronOf,
};

/* Top pairs: six four-momenta (E, px, py, pz). */

const PARTONS = [
  { name: "b", colour: "#0050a0" },
  { name: "q of W⁺", colour: "#d55e00" },
  { name: "q̄ of W⁺", colour: "#d55e00" },
  { name: "b̄", colour: "#0050a0", dashed: true },
  { name: "q of W⁻", colour: "#b03060", dashed: true },
  { name: "q̄ of W⁻", colour: "#b03060", dashed: true },
];

const added = (...vectors) => range(4).map((i) => sum(vectors.map((one) => one[i])));
const mass = ([e, ...p]) => Math.sqrt(Math.max(e * e - sum(p.map((one) => one * one)), 0));

function massesOf(event) {
  const p = range(6).map((i) => Array.from(event.p4.subarray(4 * i, 4 * i + 4)));
  const [top, antitop] = [added(p[0], p[1], p[2]), added(p[3], p[4], p[5])];
  const [plus, minus] = [added(p[1], p[2]), added(p[4], p[5])];
  return {
    p, top, antitop, plus, minus,
    m_t: mass(top), m_tbar: mass(antitop), m_wplus: mass(plus), m_wminus: mass(minus), m_tt: mass(added(top, antitop)),
    pt_t: Math.hypot(top[1], top[2]), e_t: top[0], pt_b: Math.hypot(p[0][1], p[0][2]),
    eta_t: Math.asinh(top[3] / Math.hypot(top[1], top[2])),
  };
}

function pairOf(event) {
  const found = massesOf(event);
  const vectors = (x, y) => PARTONS.map((one, i) => ({ label: one.name, x: found.p[i][x], y: found.p[i][y], colour: one.colour, dashed: one.dashed }));
  const numbers = [["t", "m_t"], ["t̄", "m_tbar"], ["W⁺", "m_wplus"], ["W⁻", "m_wminus"], ["the pair", "m_tt"]].map(([label, key]) => [`Mass of ${label}`, `${number(found[key], 4)} GeV`]);
  const all = [...PARTONS.map((one, i) => [one.name, found.p[i]]), ["t", found.top], ["t̄", found.antitop], ["W⁺", found.plus], ["W⁻", found.minus]];
  const rows = all.map(([name, p]) => [name, ...p.map((one) => number(one, 4)), number(mass(p), 4)]);
  return {
    numbers,
    figures: [
      arrows({ title: "Across the beam", vectors: vectors(1, 2), unit: "GeV", axes: ["px", "py"], caption: "Momenta of the six quarks. Solid: from the top; dashed: from the antitop." }),
      arrows({ title: "Along the beam", vectors: vectors(3, 1), unit: "GeV", axes: ["pz", "px"], caption: "The same, the beam from left to right." }),
    ],
    after: table("Four-momenta, GeV", ["particle", "E", "px", "py", "pz", "mass"], rows),
  };
}

const top_pair_gan = {
  reference: "MadGraph",
  controls: [],
  conditions: () => ({}),
  spread: "proton collisions at 14 TeV",
  panels: [
    { name: "m_t", label: "Mass of the top", unit: "GeV" },
    { name: "m_wplus", label: "Mass of the W⁺", unit: "GeV" },
    { name: "m_tt", label: "Mass of the pair", unit: "GeV" },
    { name: "pt_t", label: "Transverse momentum of the top", unit: "GeV" },
    { name: "e_t", label: "Energy of the top", unit: "GeV" },
    { name: "eta_t", label: "Pseudorapidity of the top", unit: "" },
    { name: "pt_b", label: "Transverse momentum of the b", unit: "GeV" },
    { name: "m_tbar", label: "Mass of the antitop", unit: "GeV" },
  ],
  observe: massesOf,
  show: pairOf,
};

/* TPC: 8 pads x 16 time buckets of a pad row. */

const [PADS, BUCKETS, FIRST_PAD, FIRST_BUCKET] = [8, 16, -3, -7];

function momentsOf({ amplitude, asked: { drift_length, pad_coordinate } }) {
  const total = sum(amplitude);
  const over = (value) => amplitude.reduce((all, one, i) => all + one * value(FIRST_PAD + Math.floor(i / BUCKETS), FIRST_BUCKET + (i % BUCKETS)), 0) / total;
  const [pad, time] = [over((p) => p), over((_, t) => t)];
  return {
    pad_residual: pad - (pad_coordinate[0] % 1),
    time_residual: time - (drift_length[0] % 1),
    pad_variance: over((p) => (p - pad) ** 2),
    time_variance: over((_, t) => (t - time) ** 2),
    covariance: over((p, t) => (p - pad) * (t - time)),
    log_sum: total > 0 ? Math.log10(total) : NaN,
    log_largest: Math.log10(Math.max(...amplitude)),
    digits: amplitude.filter((one) => one !== 0).length,
  };
}

function responseOf(event) {
  const { drift_length, pad_coordinate } = event.asked;
  const boxes = range(PADS * BUCKETS).map((i) => ({ x: i % BUCKETS, y: Math.floor(i / BUCKETS), width: 1, height: 1, value: event.amplitude[i] }));
  const scale = { low: 1, high: 1000 };
  const found = momentsOf(event);
  const mark = { x: (drift_length[0] % 1) - FIRST_BUCKET + 0.5, y: (pad_coordinate[0] % 1) - FIRST_PAD + 0.5 };
  const lines = range(PADS).map((pad) => [String(pad + FIRST_PAD), ...range(BUCKETS).map((i) => number(event.amplitude[pad * BUCKETS + i]))]);
  const picture = cells({
    title: "A pad row", boxes, width: BUCKETS, height: PADS, scale, unit: "ADC counts", marks: [mark],
    caption: "Time buckets from left to right, pads upwards. The cross is where the track passes.",
    head: ["pad \\ bucket", ...range(BUCKETS).map((i) => String(i + FIRST_BUCKET))], rows: lines,
  });
  const numbers = [
    ["All amplitudes", `${number(sum(event.amplitude))} ADC counts`],
    ["Cells with signal", String(found.digits)],
    ["Centre from the track", `${number(found.pad_residual)} pads, ${number(found.time_residual)} buckets`],
  ];
  return { numbers, figures: [picture], bar: colourBar(scale, "ADC counts") };
}

const tpc_gan = {
  reference: "our simulation of MPD",
  controls: [
    { name: "crossing_angle", label: "Crossing angle", unit: "degrees", low: -20, high: 20, start: 5 },
    { name: "dip_angle", label: "Dip angle", unit: "degrees", low: -60, high: 60, start: -30 },
    { name: "drift_length", label: "Drift length", unit: "time buckets", low: 30, high: 300, start: 120.5 },
    { name: "pad_coordinate", label: "Pad coordinate", unit: "pads", low: 25, high: 45, start: 31.25 },
  ],
  conditions: scalars,
  spread: "held-out segments of tracks",
  clamped: true,
  panels: [
    { name: "pad_residual", label: "Centre from the track", unit: "pads" },
    { name: "time_residual", label: "Centre from the track", unit: "time buckets" },
    { name: "pad_variance", label: "Width squared", unit: "pads²" },
    { name: "time_variance", label: "Width squared", unit: "time buckets²" },
    { name: "covariance", label: "Covariance", unit: "pads × time buckets" },
    { name: "log_sum", label: "log₁₀ of all amplitudes", unit: "ADC counts" },
    { name: "log_largest", label: "log₁₀ of the largest amplitude", unit: "ADC counts" },
    { name: "digits", label: "Cells with signal", unit: "" },
  ],
  observe: momentsOf,
  show: responseOf,
};

/* RICH: five differences of log-likelihoods of a track. */

const DLLS = { RichDLLe: "electron", RichDLLmu: "muon", RichDLLk: "kaon", RichDLLp: "proton", RichDLLbt: "below threshold" };
const FAST = 20e3; // MeV

function likelihoodsOf(event) {
  const speed = event.asked.P[0] > FAST ? ["fast", "slow"] : ["slow", "fast"];
  return Object.fromEntries(Object.keys(DLLS).flatMap((name) => [[`${name} ${speed[0]}`, event[name][0]], [`${name} ${speed[1]}`, NaN]]));
}

function trackOf(event) {
  const values = Object.entries(DLLS).map(([name, label]) => ({ label, value: event[name][0] }));
  const [likely] = [...values, { label: "pion", value: 0 }].sort((a, b) => b.value - a.value);
  const numbers = [["Momentum", `${number(event.asked.P[0] / 1000)} GeV`], ["Looks most like", likely.label]];
  const caption = "How much likelier than a pion: log-likelihoods less that of a pion, on a scale that is logarithmic far from 0. −999: no radiator was crossed.";
  return { numbers, figures: [bars({ title: "One track in the RICH detectors", values, unit: "", caption, knee: 1, largest: 100 })] };
}

const rich_gan = {
  reference: "our simulation of the RICH detectors",
  controls: [
    { name: "P", label: "Momentum", unit: "MeV", low: 2000, high: 150000, start: 20000, log: true },
    { name: "eta", label: "Pseudorapidity", unit: "", low: 1.6, high: 5.1, start: 3 },
    { name: "nspdhits", label: "Hits in the SPD", unit: "", low: 10, high: 1000, start: 200 },
  ],
  conditions: scalars,
  spread: "held-out tracks",
  clamped: true,
  panels: Object.entries(DLLS).flatMap(([name, label]) => [["slow", "below"], ["fast", "above"]].map(([speed, side]) => ({ name: `${name} ${speed}`, label: `DLL ${label}, ${side} 20 GeV`, unit: "" }))),
  observe: likelihoodsOf,
  show: trackOf,
};

export const ROOMS = { calogan, ecal_gan, top_pair_gan, tpc_gan, rich_gan };
