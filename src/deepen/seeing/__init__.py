"""What each level of a trained net has learned."""
