"""Mails: writes those of a night into the outbox, reminds providers of awaited returns, and delivers what waits."""
