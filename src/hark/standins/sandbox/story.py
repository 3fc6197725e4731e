"""What people have written before anybody looks for the first time, so that there is something to see and to answer at once."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from hark.standins.sandbox import people
from hark.standins.sandbox.network import Network


def tell_story(network: Network) -> None:
    """A message, an album's worth of detail, a thread under a post, a mention and two reviews, in several languages."""
    people.write(
        network, "jonas", "Hallo! Ich habe am Montag zwei Packungen Herbströstung bestellt, es kam nur eine."
    )
    people.write(network, "jonas", "So sah das Paket aus:", media=[_picture(network)])
    people.comment(network, "mei", "Is the autumn roast ground for filter too?", post="post-autumn")
    question = people.comment(network, "kwame", "Do I need my own machine on Saturday?", post="post-workshop")
    people.comment(
        network, "leonie", "Das wüsste ich auch gern.", post="post-workshop", in_reply_to=question.id
    )
    people.mention(network, "omar", "أفضل قهوة في المدينة عند @lumencoffee")
    people.review(
        network, "leonie", "Freundlich, schnell, und der Flat White ist der beste der Stadt.", rating=5
    )
    people.review(network, "kwame", "Good coffee, but I waited twenty minutes for it.", rating=3)
    people.write(network, "ana", "Hi, can you change the grind of my subscription to espresso?")


def _picture(network: Network) -> str:
    """A parcel, drawn here so that no file has to be shipped."""
    image = Image.new("RGB", (640, 420), "#e9e2d5")
    draw = ImageDraw.Draw(image)
    draw.polygon([(120, 150), (330, 90), (530, 160), (320, 230)], fill="#c79a63")
    draw.polygon([(120, 150), (320, 230), (320, 370), (120, 285)], fill="#a97b45")
    draw.polygon([(320, 230), (530, 160), (530, 295), (320, 370)], fill="#b98a52")
    draw.line([(225, 120), (430, 195), (430, 330)], fill="#efe6d2", width=16)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return network.keep_file("parcel.jpg", "image/jpeg", buffer.getvalue(), "image").id
