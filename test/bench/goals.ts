// What the benches are to reach: the work, the rival, and how many times as fast.
// In: nothing. Out: a row each of the first table in RESULTS.md.

export interface Goal {
  work: string
  against: string
  goal: number
  job: string
  /** The rival's name begins so. */
  rival: string
}

export const GOALS: Goal[] = [
  {
    work: 'name and operstate of every link event, chain checked, batch',
    against: 'C -O3, the same',
    goal: 1.5,
    job: 'names',
    rival: 'C -O3',
  },
  {
    work: 'every field of a link event into a flat record, batch',
    against: 'C -O3, the same record',
    goal: 1,
    job: 'record',
    rival: 'C -O3',
  },
  { work: 'the same', against: 'libmnl', goal: 4, job: 'record', rival: 'libmnl' },
  { work: 'the same', against: 'libnl-route', goal: 10, job: 'record', rival: 'libnl-route' },
  {
    work: 'the same',
    against: 'JavaScript, typed arrays, flat',
    goal: 2,
    job: 'record',
    rival: 'JavaScript',
  },
  ...['route', 'address', 'neighbour'].flatMap((kind) => [
    {
      work: `every field of a${kind === 'address' ? 'n' : ''} ${kind} into a flat record, dumps and events`,
      against: 'C -O3, the same record',
      goal: 1,
      job: `record ${kind}`,
      rival: 'C -O3',
    },
    {
      work: 'the same, of what captures hold',
      against: 'C -O3, the same record',
      goal: 1,
      job: `record ${kind}, captures`,
      rival: 'C -O3',
    },
  ]),
  {
    work: 'objects of name, ifindex and operstate, both interning names',
    against: 'JavaScript',
    goal: 1.5,
    job: 'three',
    rival: 'JavaScript',
  },
  {
    work: 'objects with every field',
    against: 'JavaScript',
    goal: 1.2,
    job: 'eager',
    rival: 'JavaScript',
  },
  {
    work: 'lazy views of which three fields are read',
    against: 'JavaScript, every field',
    goal: 4,
    job: 'lazy',
    rival: 'JavaScript',
  },
  {
    work: 'one wanted link by name, chains checked',
    against: 'JavaScript, same filter',
    goal: 3,
    job: 'filter by name',
    rival: 'JavaScript',
  },
  {
    work: 'one wanted link by ifindex',
    against: 'JavaScript, same filter',
    goal: 3,
    job: 'filter by ifindex',
    rival: 'JavaScript',
  },
  {
    work: 'node table of link messages',
    against: "libnl-route's typed parse",
    goal: 3,
    job: 'tree link',
    rival: 'libnl-route',
  },
  {
    work: 'node table of mixed rtnetlink messages',
    against: "libnl-route's typed parse",
    goal: 3,
    job: 'tree mixed',
    rival: 'libnl-route',
  },
]
