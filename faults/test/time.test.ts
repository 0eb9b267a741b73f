import { time } from '../scenarios/time.ts'
import { runScenario } from './run.ts'

runScenario(time, { 'answers beside the purge': 2, tips: 10, feedback: 10 })
