"""Which network addresses a stranger may make Firebreak connect to: those of the public internet, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Public by their number, yet no place to deliver to: protocol assignments, the old 6to4 relays, and the address where
# one cloud answers its machines about themselves (the others use link-local ones).
_NO_TARGETS: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
_UNICAST: Final = IPv6Network("2000::/3")
# Protocol assignments with Teredo, 6to4 (both an IPv4 address in disguise), documentation.
_NO_UNICAST: Final = tuple(map(IPv6Network, ("2001::/23", "2002::/16", "3fff::/20")))
_NAT64: Final = IPv6Network("64:ff9b::/96")


def read(text: str) -> Address:
    """Read an address; a zone (`%eth0`) is cut off, it makes none public. Raises ValueError."""
    return ip_address(text.partition("%")[0])


def inner(address: Address) -> Address:
    """Return what is really reached: the IPv4 address in a mapped or translated IPv6 one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet."""
    reached = inner(address)
    if isinstance(reached, IPv6Address):
        if reached not in _UNICAST or any(reached in network for network in _NO_UNICAST):
            return False
    elif any(reached in network for network in _NO_TARGETS):
        return False
    return reached.is_global and not reached.is_multicast and not reached.is_reserved


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Tell whether an address, or what is really reached by it, lies in one of some networks."""
    both = {address, inner(address)}
    return any(a.version == network.version and a in network for a in both for network in networks)
