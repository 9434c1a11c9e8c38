from greeting import greet

message: str = greet("Ann")
number: int = message
message.up
