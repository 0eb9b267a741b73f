/** A map that drops what was set longest ago when it is full. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override set(key: K, value: V): this {
    // Deleting first moves a key that is set again to the young end.
    this.delete(key)
    super.set(key, value)
    if (this.size > this.#limit) {
      const [oldest] = this.keys()
      this.delete(oldest as K)
    }
    return this
  }
}
