// The npm package "feed".
import { Feed } from "feed";
import { articles, report, site } from "./data.mjs";

function made() {
  const feed = new Feed({
    title: site.title,
    id: site.home,
    link: site.home,
    description: site.description,
    language: "en",
    feedLinks: { rss: `${site.home}main.rss` },
  });
  for (const article of articles)
    feed.addItem({
      id: article.id,
      guid: article.id,
      title: article.title,
      link: article.link,
      description: article.summary,
      content: article.content_html,
      author: article.authors,
      category: article.tags.map((name) => ({ name, term: name })),
      published: article.when,
      date: article.when,
    });
  return feed;
}

report({
  RSS: () => ({ rss: made().rss2() }),
  "RSS and Atom": () => {
    const feed = made();
    return { rss: feed.rss2(), atom: feed.atom1() };
  },
});
