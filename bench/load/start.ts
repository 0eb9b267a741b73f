import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Process, startProcess } from '../process.ts'
import type { LoadResult, LoadSpec } from './wire.ts'

const GENERATOR = fileURLToPath(new URL('generator.ts', import.meta.url))

export interface Load {
  /** @throws when an answer was not the expected one. */
  run(spec: LoadSpec): Promise<LoadResult>
  stop(): Promise<void>
}

/** The load generator, in a process and on a core of its own. */
export function startLoad(): Load {
  const generator: Process = startProcess(GENERATOR, { core: 'load', channel: true })
  return {
    async run(spec) {
      generator.child.send(spec)
      const [message] = (await once(generator.child, 'message')) as [Told]
      if ('error' in message) throw new Error(`load on ${spec.targets[0]?.path}: ${message.error}`)
      return message.result
    },
    stop: () => generator.stop(),
  }
}

type Told = { result: LoadResult } | { error: string }
