// Every way a receiver, its thread or its process can end: the cases of fixtures/lifecycle.mjs, and what
// each of them must end with. In a worker, the same is what the worker ends with.

export interface Ending {
  name: string
  code?: number
  /** What the case prints. */
  stdout?: string
  /** What is thrown and caught by nobody. */
  error?: string
  only?: 'worker'
}

export const endings: Ending[] = [
  { name: 'natural exit after unref' },
  { name: 'ref again after unref', stdout: 'called back\n' },
  { name: 'paused does not keep the loop alive' },
  { name: 'process.exit with a live receiver', code: 5 },
  { name: 'process.exit inside the callback', code: 5 },
  { name: 'a throwing callback', code: 1, error: 'thrown by the callback' },
  { name: 'a throwing callback, caught', stdout: 'caught: call 1\ncaught: call 2\n' },
  { name: 'a window detached by memory.grow', stdout: 'errno -14, 0 bytes\n' },
  { name: 'memory.grow inside the callback', stdout: 'errno 0\nerrno -14\n' },
  { name: 'stop inside the callback', stdout: 'stopped\n' },
  { name: 'stop, then natural exit' },
  { name: '200 times open and stop', stdout: '0 left\n' },
  { name: 'worker.terminate with a live receiver', code: 1, only: 'worker' },
  { name: 'worker.terminate under load', code: 1, only: 'worker' },
  { name: 'worker.terminate in a busy callback', code: 1, only: 'worker' },
  {
    name: 'worker throws with a live receiver',
    code: 1,
    error: 'thrown by the worker',
    only: 'worker',
  },
]
