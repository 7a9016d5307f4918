import { type LookupAddress, lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ScrapeFault } from './fault.ts';

/** As dns.lookup with `all`. */
export type Resolve = (
  name: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Clouds serve credentials of the host on such addresses. The list knows IPv4 within IPv6 too. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

function isLinkLocal(address: string): boolean {
  return LINK_LOCAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function refusal(address: string): ScrapeFault {
  return new ScrapeFault(`${address} is link-local, which is refused`);
}

/** An address in the URL itself is never looked up. @throws ScrapeFault */
export function refuseLinkLocal({ hostname }: URL): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isLinkLocal(host)) throw refusal(host);
}

/** For a connection's `lookup`: what it connects to is what was looked at. One link-local address spoils the name. */
export function guardedLookup(resolve: Resolve = resolveName): LookupFunction {
  return (name, { all = false, ...options }, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const refused = addresses?.find(({ address }) => isLinkLocal(address));
      if (error || !first) done(error ?? new ScrapeFault('the name cannot be resolved'), []);
      else if (refused) done(refusal(`${name}: ${refused.address}`), []);
      else if (all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
