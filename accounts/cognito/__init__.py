"""The gateway: the only room that speaks with Amazon Cognito."""
