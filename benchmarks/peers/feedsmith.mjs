// The npm package "feedsmith".
import { generateAtomFeed, generateRssFeed } from "feedsmith";
import { articles, report, site } from "./data.mjs";

const rss = () =>
  generateRssFeed({
    title: site.title,
    link: site.home,
    description: site.description,
    language: "en",
    atom: { links: [{ href: `${site.home}main.rss`, rel: "self" }] },
    items: articles.map((article) => ({
      guid: { value: article.id, isPermaLink: true },
      title: article.title,
      link: article.link,
      description: article.summary,
      content: { encoded: article.content_html },
      authors: article.authors.map(({ name, email }) => ({ name, email })),
      categories: article.tags.map((name) => ({ name })),
      pubDate: article.when,
    })),
  });

const atom = () =>
  generateAtomFeed({
    id: site.home,
    title: { value: site.title },
    updated: articles[0].when,
    links: [{ href: `${site.home}main.atom`, rel: "self" }],
    entries: articles.map((article) => ({
      id: article.id,
      title: { value: article.title },
      links: [{ href: article.link, rel: "alternate" }],
      summary: { value: article.summary },
      content: { value: article.content_html, type: "html" },
      authors: article.authors.map(({ name, email }) => ({ name, email })),
      categories: article.tags.map((term) => ({ term })),
      published: article.when,
      updated: article.when,
    })),
  });

report({ RSS: () => ({ rss: rss() }), "RSS and Atom": () => ({ rss: rss(), atom: atom() }) });
