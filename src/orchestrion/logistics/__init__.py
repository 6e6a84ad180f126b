"""From here to there: carriage, cost to serve, CO2e by leg, transit and promises; quotes before, bookings after."""
