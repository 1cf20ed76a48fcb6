from hypothesis import HealthCheck, settings

# How long a machine takes to make examples says nothing of the code.
SLOW = (HealthCheck.too_slow,)
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=100, suppress_health_check=SLOW
)
settings.load_profile("repeatable")
