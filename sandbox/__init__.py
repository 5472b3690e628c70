"""A local Amazon Cognito user pools server: the API over HTTP, an inbox and a steerable clock."""
