// The articles and the clock that all peers under node share. Arguments: the articles, the output folder.
import { readFileSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

export const articles = JSON.parse(readFileSync(process.argv[2], "utf8"));
export const site = {
  title: "The Harbour Post",
  home: "https://harbour.example/",
  description: "News from the waterfront",
};
for (const article of articles) article.when = new Date(article.date);

// The time of the first call, and the best of the following, in milliseconds.
export function report(ways) {
  const times = {};
  for (const [name, way] of Object.entries(ways)) {
    let body;
    const took = [];
    for (let round = 0; round < 8; round++) {
      const start = performance.now();
      body = way();
      took.push(performance.now() - start);
    }
    times[name] = { first: took[0], best: Math.min(...took.slice(1)) };
    for (const [ending, text] of Object.entries(body))
      writeFileSync(`${process.argv[3]}/${name.replaceAll(" ", "-")}.${ending}`, text);
  }
  console.log(JSON.stringify(times));
}
