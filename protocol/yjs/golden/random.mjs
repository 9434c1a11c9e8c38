// A small seeded generator of random numbers (mulberry32), so that every case can be made again.

export class Random {
  constructor (seed) { this.state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 }

  /** A fraction in [0, 1). */
  next () {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** An integer in [0, bound). */
  below (bound) { return Math.floor(this.next() * bound) }

  chance (probability) { return this.next() < probability }

  of (array) { return array[this.below(array.length)] }

  shuffle (array) {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [array[i], array[j]] = [array[j], array[i]]
    }
    return array
  }
}
