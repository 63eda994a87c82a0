// The golden vectors of test/vectors, against the bare module.

import './vectors.generated'
