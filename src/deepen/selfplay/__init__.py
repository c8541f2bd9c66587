"""AlphaGo's line: policy and value nets that look ahead, and learn from experts or from playing against themselves."""
