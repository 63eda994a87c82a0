// What benches use from inside the package, bundled by support.ts: the window as recv leaves it.

export { decodeReceived } from '../../src/message/decode.js'
export { statesIn } from '../../src/message/link-state.js'
export { NO_FILTER } from '../../src/module/filter-block.js'
export { module } from '../../src/module/module.js'
