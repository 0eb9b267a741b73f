import type { Adapter, AdapterPayload } from 'oidc-provider'

/** One provider's state in memory; what has expired is refused by oidc-provider itself. */
export type Store = Map<string, AdapterPayload>

/**
 * Storage of oidc-provider's models in a map that dies with the process. The package has one too, but warns about it
 * on the console, and its storage is shared by all providers of a process.
 */
export class MemoryAdapter implements Adapter {
  readonly #model: string
  readonly #store: Store

  constructor(model: string, store: Store) {
    this.#model = model
    this.#store = store
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#store.set(this.#key(id), payload)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#store.get(this.#key(id))
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.uid === uid)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.userCode === userCode)
  }

  async consume(id: string): Promise<void> {
    const payload = this.#store.get(this.#key(id))
    if (payload) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    this.#store.delete(this.#key(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.#store) {
      if (payload.grantId === grantId) this.#store.delete(key)
    }
  }

  #key(id: string): string {
    return `${this.#model}:${id}`
  }

  #first(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [key, payload] of this.#store) {
      if (key.startsWith(`${this.#model}:`) && matches(payload)) return payload
    }
    return undefined
  }
}
