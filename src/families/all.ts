import bytes from '../../build/schema/all.nls'
export default bytes
