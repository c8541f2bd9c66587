"""AlphaGo's line."""
