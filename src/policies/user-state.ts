import { Problem } from '../errors.ts'
import type { Features } from '../features/profile.ts'
import { UpstreamError } from '../http/client.ts'
import { newId } from '../ids.ts'
import type { CallTrace, MlClient } from '../ml/client.ts'

/**
 * Has ml/serving forget what the policies learned of a user.
 *
 * @throws {Problem} `ml_serving_unavailable` or `ml_serving_timeout`; asking again is harmless.
 */
export async function resetBandit(
  { ml }: { ml: Pick<MlClient, 'resetUser'> },
  userId: string,
  reason: string | null,
  trace: CallTrace,
): Promise<{ stateVersion: string | number }> {
  const { state_version } = await asProblem(ml.resetUser(userId, newId(), reason, trace))
  return { stateVersion: state_version }
}

/**
 * Computes a user's profile features afresh, and has ml/serving learn the user's state again from the start.
 *
 * @returns how many features there are now, and the job that ml/serving started.
 * @throws {Problem} `ml_serving_unavailable` or `ml_serving_timeout`, the features being fresh nonetheless.
 */
export async function rebuildProfile(
  { ml, features }: { ml: Pick<MlClient, 'rebuildUser'>; features: Features },
  userId: string,
  trace: CallTrace,
): Promise<{ features: number; jobId: string }> {
  await features.drop(userId)
  const computed = await features.forUser(userId)
  const { job_id } = await asProblem(ml.rebuildUser(userId, newId(), trace))
  return { features: Object.keys(computed).length, jobId: job_id }
}

async function asProblem<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    if (!(cause instanceof UpstreamError)) throw cause
    const code = cause.failure === 'timeout' ? 'ml_serving_timeout' : 'ml_serving_unavailable'
    throw new Problem(code, { cause })
  }
}
