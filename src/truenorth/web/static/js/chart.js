// <metric-chart>: a crosshair by pointer and arrow keys. The values come from the table under the chart.
class MetricChart extends HTMLElement {
  connectedCallback() {
    this.table = this.closest("figure")?.querySelector("table.sheet");
    if (!this.table || !this.table.querySelector("tr[data-at]")) return;
    this.rows = [...this.table.querySelectorAll("tbody tr[data-at]")];
    this.names = [...this.table.querySelectorAll("thead th")].map((cell) => cell.textContent);
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Chart; arrow keys read its values");
    this.cursor = document.createElement("div");
    this.cursor.className = "cursor";
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.setAttribute("role", "status");
    this.at = -1;
    this.addEventListener("pointermove", (event) => this.point(event.clientX));
    this.addEventListener("pointerleave", () => this.matches(":focus-visible") || this.clear());
    this.addEventListener("blur", () => this.clear());
    this.addEventListener("keydown", (event) => this.key(event));
  }

  get picture() {
    return [...this.querySelectorAll("svg.plot")].find((one) => one.checkVisibility());
  }

  point(x) {
    const picture = this.picture;
    if (!picture) return;
    const box = picture.getBoundingClientRect();
    const scale = box.width / picture.viewBox.baseVal.width;
    const { left, right } = picture.dataset;
    const share = ((x - box.left) / scale - left) / (right - left);
    let best = 0;
    this.rows.forEach((row, place) => {
      if (Math.abs(row.dataset.at - share) < Math.abs(this.rows[best].dataset.at - share)) best = place;
    });
    const near = Math.abs(this.rows[best].dataset.at - share) <= 2 * this.gap;
    return near ? this.show(best) : this.clear();
  }

  // The table may hold only the newest rows: far from any of them there is nothing to read.
  get gap() {
    const last = this.rows.length - 1;
    return last > 0 ? (this.rows[last].dataset.at - this.rows[0].dataset.at) / last : 1;
  }

  key(event) {
    const last = this.rows.length - 1;
    const now = this.at < 0 ? last + 1 : this.at;
    const next = { ArrowLeft: now - 1, ArrowRight: this.at < 0 ? 0 : now + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") return this.clear();
    if (next === undefined) return;
    event.preventDefault();
    this.show(Math.min(Math.max(next, 0), last));
  }

  show(place) {
    const picture = this.picture;
    if (!picture) return;
    this.at = place;
    const row = this.rows[place];
    const outer = this.getBoundingClientRect();
    const box = picture.getBoundingClientRect();
    const scale = box.width / picture.viewBox.baseVal.width;
    const { left, right, top, bottom } = picture.dataset;
    const x = (Number(left) + row.dataset.at * (right - left)) * scale + box.left - outer.left;
    this.cursor.style.left = `${x}px`;
    this.cursor.style.top = `${top * scale + box.top - outer.top}px`;
    this.cursor.style.height = `${(bottom - top) * scale}px`;
    const { low, high } = picture.dataset;
    const known = row.dataset.v !== undefined;
    this.cursor.classList.toggle("bare", !known);
    if (known) this.cursor.style.setProperty("--dot", `${100 - ((row.dataset.v - low) / (high - low)) * 100}%`);
    this.fill(row);
    if (!this.cursor.isConnected) this.append(this.cursor, this.tip);
    const wide = this.tip.offsetWidth;
    this.tip.style.left = `${x + 14 + wide > outer.width ? x - 14 - wide : x + 14}px`;
    this.tip.style.top = `${top * scale + box.top - outer.top + 8}px`;
  }

  fill(row) {
    const [head, ...cells] = row.children;
    const title = document.createElement("strong");
    title.textContent = head.textContent + (row.classList.contains("filling") ? ", still filling" : "");
    const lines = cells.map((cell, place) => {
      const line = document.createElement("div");
      const name = document.createElement("span");
      const value = document.createElement("span");
      name.textContent = this.names[place + 1];
      value.textContent = cell.textContent;
      line.append(name, value);
      return line;
    });
    this.tip.replaceChildren(title, ...lines);
  }

  clear() {
    this.at = -1;
    this.cursor.remove();
    this.tip.remove();
  }
}

customElements.define("metric-chart", MetricChart);
