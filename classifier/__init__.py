"""s3-classifier: what sensitive data is in a bucket, who can reach it, and what to fix first."""
