/* The noise of zoo/noise.py: that of event i depends on (seed, i) alone, and is that of Python to the last bit.
 *
 * NumPy draws it from PCG64 (O'Neill, HMC-CS-2014-0905), seeded by its SeedSequence, and makes normal numbers of single
 * precision by the ziggurat of 256 steps (Marsaglia and Tsang, J. Stat. Soft. 5 (2000) 8).
 */

export const BLOCK = 256; // events, as in zoo/noise.py
const NOISE = 0; // the stream of a seed that networks are fed with

const [LOW, WORD, LONG] = [(1n << 32n) - 1n, 64n, 128n];
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const POOL = 4; // words

/** The 32-bit words of a whole number, the lowest first. */
function parts(whole) {
  const words = [];
  for (let rest = BigInt(whole); rest || !words.length; rest >>= 32n) words.push(Number(rest & LOW));
  return words;
}

/** The four 64-bit words of NumPy's SeedSequence(seed, spawn_key=key).generate_state(4, uint64). */
function seedWords(seed, key) {
  const words = parts(seed);
  while (words.length < POOL) words.push(0);
  words.push(...key.flatMap(parts));

  let constant = 0x43b0d7e5;
  const hashed = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mixed = (x, y) => {
    const value = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return value ^ (value >>> 16);
  };
  const pool = words.slice(0, POOL).map(hashed);
  for (let from = 0; from < POOL; from++)
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  for (const word of words.slice(POOL)) for (let to = 0; to < POOL; to++) pool[to] = mixed(pool[to], hashed(word));

  constant = 0x8b51f9dd;
  const state = Array.from({ length: 8 }, (_, i) => {
    let value = pool[i % POOL] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return BigInt((value ^ (value >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map((i) => state[i] | (state[i + 1] << 32n));
}

/** A stream of 32-bit words: the lower half of each 64-bit word first. */
function words32(seed, key) {
  const [high, low, streamHigh, streamLow] = seedWords(seed, key);
  const increment = BigInt.asUintN(128, (((streamHigh << WORD) | streamLow) << 1n) | 1n);
  const step = (state) => BigInt.asUintN(128, state * MULTIPLIER + increment);
  let state = step(step(0n) + ((high << WORD) | low));
  const pair = new Uint32Array(2);
  let left = 0;
  return () => {
    if (!left) {
      state = step(state);
      const folded = BigInt.asUintN(64, state ^ (state >> WORD));
      const turn = state >> (LONG - 6n);
      const word = (folded >> turn) | (folded << (WORD - turn));
      [pair[0], pair[1], left] = [Number(word & LOW), Number((word >> 32n) & LOW), 2];
    }
    return pair[2 - left--];
  };
}

/* The ziggurat: 256 layers of equal area under exp(-x^2 / 2), whose edges follow from that of the last one. */
const TAIL = 3.6541528853610088;
const STEPS = 2 ** 23;
const density = (x) => Math.exp(-0.5 * x * x);
const [INSIDE, WIDTH, DENSITY] = [new Uint32Array(256), new Float32Array(256), new Float32Array(256)];
{
  const area = 0.004928673233974655;
  let edge = TAIL;
  WIDTH[0] = area / density(TAIL) / STEPS;
  INSIDE[0] = (TAIL * density(TAIL) / area) * STEPS;
  for (let i = 255; i > 0; i--) {
    [WIDTH[i], DENSITY[i]] = [edge / STEPS, density(edge)];
    const next = i > 1 ? Math.sqrt(-2 * Math.log(area / edge + density(edge))) : 0;
    INSIDE[i] = (next / edge) * STEPS;
    edge = next;
  }
  DENSITY[0] = 1;
}

/** A standard normal number of single precision from a stream of words. */
function normalNumber(word) {
  const { fround, log1p } = Math;
  const uniform = () => fround((word() >>> 8) / 2 ** 24);
  for (;;) {
    const bits = word();
    const [layer, sign, steps] = [bits & 0xff, bits & 0x100 ? -1 : 1, bits >>> 9];
    const x = fround(sign * steps * WIDTH[layer]);
    if (steps < INSIDE[layer]) return x;
    if (layer === 0) {
      for (;;) {
        const beyond = fround(fround(-1 / TAIL) * fround(log1p(-uniform())));
        const height = -fround(log1p(-uniform()));
        if (fround(height + height) > fround(beyond * beyond)) {
          const far = fround(fround(TAIL) + beyond);
          return (steps >>> 8) & 1 ? -far : far;
        }
      }
    }
    const height = fround(fround(fround(DENSITY[layer - 1] - DENSITY[layer]) * uniform()) + DENSITY[layer]);
    if (height < Math.exp(-0.5 * x * x)) return x;
  }
}

/** Noise of the `n` events from number `first` on: n rows of `size` numbers, one behind the other. */
export function normal(seed, first, n, size) {
  const rows = new Float32Array(n * size);
  for (let block = Math.floor(first / BLOCK); block * BLOCK < first + n; block++) {
    const start = block * BLOCK;
    const stop = Math.min(first + n, start + BLOCK);
    const word = words32(seed, [NOISE, block]);
    for (let event = start; event < stop; event++)
      for (let i = 0; i < size; i++) {
        const number = normalNumber(word);
        if (event >= first) rows[(event - first) * size + i] = number;
      }
  }
  return rows;
}
