"""`hummingbot-peatio record-market`: a market's book and trades as the arrays that hftbacktest reads."""
