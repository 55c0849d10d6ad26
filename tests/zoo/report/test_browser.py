"""The page in a real browser: what its script does, and that it fetches nothing."""

import re
import shutil
import subprocess

import pytest

from zoo import report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-sync")
# Moves the pointer over the second picture, then the slider of the first to its third bin.
POINT = """
<script>
const [first, second] = document.querySelectorAll("figure.picture");
const box = second.querySelector("svg").getBoundingClientRect();
second.querySelector("svg").dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + box.width / 2}));
first.querySelector("input").value = 2;
first.querySelector("input").dispatchEvent(new Event("input"));
</script>
"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")
def test_pointer_and_slider_read_the_table(tmp_path):
    subject = report.subject("ecal_gan")
    text = report.model(subject)
    (tmp_path / "page.html").write_text(text.replace("</body>", POINT + "</body>"))
    command = [
        CHROMIUM,
        *FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        f"file://{tmp_path}/page.html",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = re.findall(r'<p class="told">(.*?)</p>', done.stdout)
    first, second = (list(one.rows()) for one in list(subject.histograms())[:2])
    assert told[0].startswith(
        f"from [cm] {first[2][0]} · to {first[2][1]} · Geant4 (held out) {first[2][2]} · generated"
    )
    assert any(told[1].startswith(f"from [cm] {row[0]} · to {row[1]} · ") for row in second)
    assert told[2] == "point at the picture, or move the slider, to read it"
    assert 'hidden=""' in text and "<input" in done.stdout
    assert not re.search(r"<input[^>]* hidden", done.stdout)
