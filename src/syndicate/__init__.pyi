"""The public names of syndicate: the only list. Type checkers read it, and so does `__init__.py`."""

from .errors import ConfigError as ConfigError
from .errors import RecordError as RecordError
from .errors import SyndicateError as SyndicateError
from .errors import WorldError as WorldError
from .feeds import to_atom as to_atom
from .feeds import to_json_feed as to_json_feed
from .feeds import to_opml as to_opml
from .feeds import to_rss as to_rss
from .linters.feeds import lint as lint
from .linters.mail import lint_digest as lint_digest
from .model import Alternate as Alternate
from .model import Article as Article
from .model import Attachment as Attachment
from .model import Author as Author
from .model import Digest as Digest
from .model import Discussion as Discussion
from .model import Element as Element
from .model import Episode as Episode
from .model import Feed as Feed
from .model import Fonts as Fonts
from .model import Image as Image
from .model import License as License
from .model import Location as Location
from .model import Newsletter as Newsletter
from .model import Origin as Origin
from .model import Palette as Palette
from .model import Person as Person
from .model import Pictures as Pictures
from .model import Problem as Problem
from .model import Reader as Reader
from .model import Reply as Reply
from .model import Show as Show
from .model import Subscriber as Subscriber
from .model import Tag as Tag
from .model import Tracking as Tracking
from .model import Transcript as Transcript
from .model.selection import select as select
from .newsletters import render_digest as render_digest
from .newsroom import Newsroom as Newsroom
from .sources import article_from as article_from
from .views import FeedResponse as FeedResponse
from .views import feed_response as feed_response

__version__: str
