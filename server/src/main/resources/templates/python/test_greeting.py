import unittest

from greeting import Greeting


class GreetingTest(unittest.TestCase):
    def test_a_friend_is_greeted_by_name(self) -> None:
        self.assertEqual(Greeting("Ann").text(), "Hello, Ann!")

    def test_a_formal_greeting_has_another_word(self) -> None:
        self.assertEqual(Greeting("Ann", is_formal=True).text(), "Good day, Ann!")


if __name__ == "__main__":
    unittest.main()
