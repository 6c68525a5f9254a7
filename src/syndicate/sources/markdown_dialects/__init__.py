"""What people write in Markdown beyond CommonMark and the tables and footnotes of GitHub.

Each module has one group of constructs. They rewrite the source outside of code, before the native parser
renders it, and a text that has none of their marks is not searched further.
"""
