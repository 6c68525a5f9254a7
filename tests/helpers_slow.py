"""The slow test files."""

SLOW_FILES = {
    *("test_any_edition", "test_architecture", "test_bad_input", "test_benchmarks"),
    *("test_cli", "test_compose", "test_daemon", "test_docs_images", "test_docs_publish"),
    *("test_edition_lint", "test_embedded_images", "test_feed_documents"),
    *("test_feed_readers", "test_held_changes", "test_html_checker", "test_id_changes"),
    *("test_limited_sending", "test_lint_command", "test_localizations", "test_unchanged_files"),
    *("test_mail_lint_browser", "test_migrations", "test_nginx", "test_preview"),
    *("test_preview_page", "test_publish_archive", "test_publish_changes"),
    *("test_publish_command", "test_publish_documents", "test_publish_lint"),
    *("test_publish_realistic", "test_publish_stateful", "test_publishing", "test_serving"),
    *(
        "test_store_properties",
        "test_store_races",
        "test_subscriber_import",
        "test_subscribers",
        "test_views",
    ),
    *("test_websub_outbox",),
    *("test_deliverability", "test_sendmail", "test_ses", "test_bounce_processing"),
}
"""What `make test-fast` leaves out: tests of processes, programs and browsers, and whatever takes long."""
