"""Who reads what, a second time: written from sections 2 and 3 of the sharing rules alone, for one publisher, sharing no code with the product.

Facts about the federation are data here (WORLD); the rules are functions. A collection that shows nothing and one that is not there are the same.
"""

ORDER = ["clear", "green", "amber", "amber+strict", "red"]
SECTORS = {"energy": {"delta", "echo", "foxtrot", "energy-isac"}, "finance": {"alfa", "bravo", "charlie", "finance-isac"}}
NATIONAL = {"cert", "energy-isac", "finance-isac"}
GROUP = {"delta", "echo", "foxtrot", "alfa"}
PUBLISHER, HOME = "delta", "energy"
DEFAULT_TLP = "amber"

# Section 3, "scopes allowed". `orgs`, `group`, `sectors` stand for every scope of that word.
ALLOWED = {
    "red": {"org", "orgs"},
    "amber+strict": {"org", "orgs", "group", "sector"},
    "amber": {"org", "orgs", "group", "sector", "sectors", "national"},
    "green": {"org", "orgs", "group", "sector", "sectors", "national"},
    "clear": {"org", "orgs", "group", "sector", "sectors", "national", "public"},
}
# Section 3, "who reads it at a gateway", for objects that are in an audience with the publisher's consent.
READING_KINDS = {
    "amber+strict": {"member"},
    "amber": {"member", "client"},
    "green": {"member", "client", "partner"},
    "clear": {"member", "client", "partner", "none"},
}


def effective_tlp(marking, declared):
    given = [tlp for tlp in (marking, declared) if tlp]
    return max(given, key=ORDER.index) if given else DEFAULT_TLP


def refusal(scope, tlp):
    """The first relay's reason, or None."""
    word, _, names = scope.partition(":")
    if word not in ALLOWED[tlp]:
        return "scope_exceeds_tlp"
    if tlp == "red" and word == "orgs" and set(names.split(",")) - {PUBLISHER}:
        return "unsupported"  # sealing comes later; until then it is sent to nobody
    return None


def audiences_of_sector(sector, scope):
    """Section 2's columns `broker of S` and `broker of another sector T`: {(collection, organisations or None for the whole community)}."""
    word, _, names = scope.partition(":")
    members, named = SECTORS[sector], set(names.split(","))
    if word == "orgs":
        return {("inbox", frozenset({organisation})) for organisation in named & members}
    if word == "group":
        return {("group-solar-watch", frozenset(GROUP & members))} if GROUP & members else set()
    if word == "sector":
        return {("community", None)} if sector == HOME else set()
    if word == "sectors":
        return {("community", None)} if sector in named else set()
    if word == "national":
        return {("community", None)}
    if word == "public":
        return {("community", None), ("public", None)}
    return set()  # org


def audiences_of_nation(scope):
    word = scope.partition(":")[0]
    if word == "national":
        return {("community", None)}
    if word == "public":
        return {("community", None), ("public", None)}
    return set()  # no company of this world is a direct member


def sector_of(organisation):
    return next((sector for sector, members in SECTORS.items() if organisation in members), None)


def reads_edge(viewer, owner, collection, scope, tlp):
    """An edge serves its own organisation's accounts."""
    if viewer["org"] != owner or "reader" not in viewer["roles"]:
        return False
    if tlp == "red":  # only the publisher's own, of scope `org`
        return owner == PUBLISHER and collection == "inbox" and viewer["kind"] == "member" and "red" in viewer["roles"]
    if collection != "community" or viewer["kind"] not in READING_KINDS[tlp]:
        return False
    if owner == PUBLISHER:
        return True
    came = {name for name, to in audiences_of_sector(sector_of(owner), scope) if to is None or owner in to}
    return bool(came) if viewer["kind"] == "member" else bool(came & {"community", "public"})


def reads_layer(viewer, collection, tlp, audiences, members):
    if tlp == "red" or viewer["kind"] not in READING_KINDS[tlp]:
        return False
    if viewer["kind"] == "none":
        return collection == "public" and (collection, None) in audiences
    if "reader" not in viewer["roles"]:
        return False
    for name, only in audiences:
        if name != collection:
            continue
        if name == "public" or viewer["kind"] == "partner" and name == "community":
            return True
        if only is None and viewer["org"] in members:
            return True
        if only is not None and viewer["org"] in only and viewer["kind"] == "member":
            return True
    return False


def reads(viewer, gateway, collection, scope, tlp):
    """`viewer`: an account as the ready file names it; kind `none` without one. `scope`, `tlp`: of an object that was not refused."""
    if viewer["kind"] != "none" and gateway not in viewer["gateways"]:
        return False  # unknown there, and wrong credentials are not the same as none
    place, _, what = gateway.rpartition("-")
    if what == "edge":
        return reads_edge(viewer, place, collection, scope, tlp)
    if place == "national":
        return reads_layer(viewer, collection, tlp, audiences_of_nation(scope), NATIONAL)
    return reads_layer(viewer, collection, tlp, audiences_of_sector(place, scope), SECTORS[place])
