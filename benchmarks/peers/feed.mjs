// feed: one Feed, its items added once and used for both formats.
import { Feed } from 'feed'
import { HEAD, versions } from './head.mjs'

export const VERSIONS = versions('feed')

export const make = (records, kinds) => {
  const inRss = kinds.includes('rss')
  const feed = new Feed({
    id: HEAD.home,
    title: HEAD.title,
    link: HEAD.home,
    description: HEAD.description,
    language: 'en',
    updated: records[0].updated,
    feedLinks: { rss: HEAD.rss, atom: HEAD.atom },
  })
  for (const record of records) {
    feed.addItem({
      id: record.id,
      title: record.title,
      link: record.link,
      description: record.summary,
      content: record.html,
      author: [{ name: record.author, email: record.email }],
      category: record.tags.map((term) => ({ name: term, term })),
      published: record.published,
      date: record.updated,
      extensions: inRss ? [{ name: 'atom:updated', objects: record.updated.toISOString() }] : undefined,
    })
  }
  const formats = { rss: () => feed.rss2(), atom: () => feed.atom1() }
  return kinds.map((kind) => formats[kind]())
}
