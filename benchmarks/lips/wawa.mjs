// wawa-lipsync as a browser would run it: `node wawa.mjs MODULE FRAMES_PER_S < paths > shapes`.
//
// Each line of standard input names a file of f32 mono samples at 48 kHz; each line of standard
// output is a JSON list of the visemes shown, one a frame. The library wants the Web Audio API; this
// is the part of it that it uses, after the standard (W3C Web Audio API, AnalyserNode): the newest
// fftSize samples under a Blackman window (alpha 0.16), |FFT| / fftSize smoothed over time by
// smoothingTimeConstant 0.8, decibels from minDecibels -100 to maxDecibels -30 on 0 to 255. The clock
// is that of the sound.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const RATE_HZ = 48000;
const [module, framesPerSecond] = process.argv.slice(2);
let nowMs = 0;
let analyser;

class Analyser {
  smoothing = 0.8;
  minDecibels = -100;
  maxDecibels = -30;
  samples = new Float32Array(0);
  end = 0;

  set fftSize(size) {
    this.size = size;
    this.smoothed = new Float64Array(size / 2);
    this.window = Float64Array.from({ length: size }, (_, n) => {
      const turn = (2 * Math.PI * n) / size;
      return 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    });
  }

  get frequencyBinCount() {
    return this.size / 2;
  }

  getByteFrequencyData(bytes) {
    const real = new Float64Array(this.size);
    const imaginary = new Float64Array(this.size);
    for (let n = 0; n < this.size; n++) {
      const at = this.end - this.size + n;
      real[n] = at < 0 || at >= this.samples.length ? 0 : this.samples[at] * this.window[n];
    }
    transform(real, imaginary);
    for (let k = 0; k < this.size / 2; k++) {
      const magnitude = Math.hypot(real[k], imaginary[k]) / this.size;
      this.smoothed[k] = this.smoothing * this.smoothed[k] + (1 - this.smoothing) * magnitude;
      const decibels = 20 * Math.log10(this.smoothed[k] || 1e-30);
      const share = (decibels - this.minDecibels) / (this.maxDecibels - this.minDecibels);
      bytes[k] = Math.max(0, Math.min(255, Math.floor(255 * share)));
    }
  }

  connect() {}
}

// In place, radix 2.
function transform(real, imaginary) {
  const size = real.length;
  for (let n = 1, m = 0; n < size; n++) {
    let bit = size >> 1;
    for (; m & bit; bit >>= 1) m ^= bit;
    m ^= bit;
    if (n < m) {
      [real[n], real[m]] = [real[m], real[n]];
      [imaginary[n], imaginary[m]] = [imaginary[m], imaginary[n]];
    }
  }
  for (let half = 1; half < size; half *= 2) {
    for (let k = 0; k < half; k++) {
      const cos = Math.cos((Math.PI * k) / half);
      const sin = -Math.sin((Math.PI * k) / half);
      for (let n = k; n < size; n += 2 * half) {
        const m = n + half;
        const x = real[m] * cos - imaginary[m] * sin;
        const y = real[m] * sin + imaginary[m] * cos;
        real[m] = real[n] - x;
        imaginary[m] = imaginary[n] - y;
        real[n] += x;
        imaginary[n] += y;
      }
    }
  }
}

globalThis.window = {
  AudioContext: class {
    sampleRate = RATE_HZ;
    destination = {};
    createAnalyser() {
      analyser = new Analyser();
      return analyser;
    }
  },
};
Object.defineProperty(globalThis, "performance", { value: { now: () => nowMs } });

const { Lipsync } = await import(pathToFileURL(module));
let spentNs = 0n;
let frames = 0;
for (const path of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const bytes = readFileSync(path);
  const lips = new Lipsync();
  // A copy: where a small file lies in Node's pool need not be a multiple of four.
  analyser.samples = new Float32Array(Uint8Array.from(bytes).buffer);
  const seconds = analyser.samples.length / RATE_HZ;
  const shown = [];
  for (let frame = 0; frame < seconds * framesPerSecond; frame++) {
    nowMs = (1000 * frame) / framesPerSecond;
    analyser.end = Math.round((frame * RATE_HZ) / framesPerSecond);
    const started = process.hrtime.bigint();
    lips.processAudio();
    spentNs += process.hrtime.bigint() - started;
    shown.push(lips.viseme.replace("viseme_", ""));
    frames++;
  }
  console.log(JSON.stringify(shown));
}
console.error(JSON.stringify({ frames, ms: Number(spentNs) / 1e6 }));
