"""What tests ask of a page, by the parser of the standard library."""

import re
from html.parser import HTMLParser

LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href"}
VOID = {"meta", "input", "img", "br", "link", "hr"}


class Page(HTMLParser):
    """A page taken apart: `elements` as (tag, attributes), all `text` that is read, and what is left `open`."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.parts, self.source = [], [], [], text
        self.feed(text)
        self.close()
        self.text = " ".join(" ".join(self.parts).split())

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.parts.append(data)

    def all(self, tag):
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def external(self):
        """Whatever a browser would fetch when it shows the page."""
        found = [value for _, given in self.elements for name, value in given.items() if name in LOADING]
        found += [given.get("href") for tag, given in self.elements if tag == "link"]
        return [one for one in found if not one.startswith("data:")] + re.findall(r"@import|url\([^)]*\)", self.source)

    def links(self):
        """Where a reader may go."""
        return [given["href"] for given in self.all("a")]


def faults(page):
    """What is wrong with a page, in words; nothing is best."""
    found = [f"fetches {one}" for one in page.external()] + [f"is left open: {tag}" for tag in page.open]
    names = [given["id"] for _, given in page.elements if "id" in given]
    found += [f"twice: {name}" for name in set(names) if names.count(name) > 1]
    found += [f"no such place: {link}" for link in page.links() if link.startswith("#") and link[1:] not in names]
    named = [(tag, given) for tag, given in page.elements if tag == "input" or given.get("role") in ("img", "region")]
    found += [f"without a name: {tag}" for tag, given in named if not given.get("aria-label")]
    found += ["an image without words" for given in page.all("img") if not given.get("alt")]
    found += ["a head without a scope" for given in page.all("th") if "scope" not in given]
    found += ["a table without a caption"] * (len(page.all("table")) - len(page.all("caption")))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    found += ["not one h1"] * (levels.count(1) != 1)
    found += [f"h{a} before h{b}" for a, b in zip(levels, levels[1:], strict=False) if b > a + 1]
    return found
