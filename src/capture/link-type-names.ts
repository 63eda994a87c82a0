// Names the link types of captures that are not netlink, as tcpdump.org lists them.

/** The LINKTYPE_… that captures on Linux have. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'BSD loopback',
  1: 'Ethernet',
  9: 'PPP',
  101: 'raw IP',
  105: 'IEEE 802.11',
  113: 'Linux cooked',
  127: 'IEEE 802.11 with radiotap',
  189: 'USB',
  201: 'Bluetooth HCI',
  220: 'USB',
  227: 'CAN',
  228: 'IPv4',
  229: 'IPv6',
  239: 'NFLOG',
  276: 'Linux cooked, version 2',
}

/** "Ethernet"; "link type 147" where it has no name here. */
export function captureLinkName(linkType: number): string {
  return NAMES[linkType] ?? `link type ${linkType}`
}
