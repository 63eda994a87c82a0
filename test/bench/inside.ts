// What benches use from inside the package, bundled by support.ts: the window as recv leaves it.

export { decodeReceived } from '../../src/decode.js'
export { NO_FILTER } from '../../src/filter.js'
export { statesIn } from '../../src/link-state.js'
export { module } from '../../src/module.js'
