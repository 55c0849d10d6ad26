"""The site: READMEs as they are, the pages beside this file, and the API. Its sources are the repository, not docs/:

sphinx-build -c docs . docs/_build/html
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from zoo import __version__  # noqa: E402  found by the line above

project = "Generative models for fast simulation"
author = copyright = "the authors of hep-generative-zoo"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "docs.site"]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "docs/*.md",
    "reproductions/README.md",
    "reproductions/**/README.md",
    "weights/README.md",
    "zoo/**/README.md",
]
exclude_patterns = [".*", "runs", "build", "docs/_build", "node_modules"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
# READMEs are read without the site, too: some begin below the first level, some show languages that Pygments lacks.
suppress_warnings = ["myst.header", "misc.highlighting_failure"]

napoleon_use_ivar = True  # a method that "Attributes:" tells of is documented once
default_role = "py:obj"  # `name` in a docstring is a name of Python, and linked where it is documented
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "none"  # signatures have them

html_static_path = ["_build/static"] if (ROOT / "docs" / "_build" / "static").is_dir() else []
if html_static_path:  # MathJax of docs.npm; without it browsers load MathJax from elsewhere
    mathjax_path = "tex-svg.js"

html_theme = "furo"
html_title = "Generative models for fast simulation"
html_extra_path = ["_build/extra"]  # the page of docs.browser, if it was built there
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
