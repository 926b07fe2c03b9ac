// The report's form: it only builds addresses; the browser does the downloading.

import { byId } from "./dom.js";

export function createReport() {
  const form = byId("report");
  const update = () => {
    const period = byId("report-period").value;
    byId("report-custom").hidden = period !== "custom";
    const query = new URLSearchParams();
    if (period === "custom") {
      for (const name of ["from", "to"]) {
        const value = form.elements[name].value;
        if (value) query.set(name, new Date(value).toISOString());
      }
    } else {
      query.set("last", period);
    }
    byId("report-markdown").href = `api/report.md?${query}`;
    byId("report-plot").href = `api/report.svg?${query}`;
    byId("report-json").href = `api/report?${query}`;
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", event => event.preventDefault());
  update();
}
