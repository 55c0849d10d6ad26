// Tells of the bin under the pointer, or under the slider, what the table behind the picture says.
for (const figure of document.querySelectorAll("figure.picture")) {
  const [svg, slider, output] = ["svg", "input", ".told"].map((name) => figure.querySelector(name));
  const cursor = svg.querySelector(".cursor");
  const places = svg.dataset.x.split(" ").map(Number);
  const heads = [...figure.querySelectorAll("thead th")].map((head) => head.textContent);
  const rows = figure.querySelectorAll("tbody tr");
  const show = (bin) => {
    const cells = [...rows[bin].children].map((cell, i) => `${heads[i]} ${cell.textContent}`);
    output.textContent = slider.ariaValueText = cells.join(" · ");
    slider.value = bin;
    cursor.setAttribute("x", places[bin]);
    cursor.setAttribute("width", Math.max(places[bin + 1] - places[bin], 0.8));
    cursor.removeAttribute("hidden");
  };
  slider.hidden = output.hidden = false;
  slider.addEventListener("input", () => show(Number(slider.value)));
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const bin = places.findIndex((place, i) => place <= x && x < places[i + 1]);
    if (bin >= 0) show(bin);
  });
}
