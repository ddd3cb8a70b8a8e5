/* The invented names the catalogue is made of. Order matters: ids and titles
 * of generated tracks follow from the positions, so add only at the ends. */
#include "config.h"

#include "words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct words_artist words_artists[] = {
	{ "Velvet Harbour", { "dream pop", "indie" }, "calm evening love dreamy" },
	{ "Nightingale Static", { "synthwave", "electronic" }, "night drive running workout party" },
	{ "Tin Roof Serenade", { "folk", "acoustic" }, "calm sunday cosy dinner" },
	{ "Marrow & Moss", { "indie folk", "singer-songwriter" }, "calm sad cosy autumn" },
	{ "North Quay Weather Club", { "indie pop", "jangle pop" }, "happy sunny spring walk" },
	{ "The Copper Kettles", { "swing", "jazz" }, "dinner party dance happy" },
	{ "Orchard Street Chansons", { "chanson", "vocal jazz" }, "dinner romantic evening" },
	{ "Basalt Choir", { "ambient", "drone" }, "sleep calm focus meditation relax" },
	{ "Ninth Floor Elevator", { "lo-fi hip hop", "chillhop" }, "study focus chill relax work" },
	{ "Saltwater Almanac", { "surf rock", "indie rock" }, "summer beach sunny road trip" },
	{ "Kestrel Parade", { "alternative rock", "rock" }, "workout running loud energy" },
	{ "Mothwing Machine", { "shoegaze", "noise pop" }, "loud dreamy night" },
	{ "Grandfather Comet", { "psychedelic rock", "space rock" }, "road trip long headphones" },
	{ "Lantern District", { "city pop", "funk" }, "party dance night city" },
	{ "Verano de Papel", { "latin pop", "tropical" }, "summer party dance happy" },
	{ "Quartetto Mezzanotte", { "classical", "string quartet" }, "focus study calm dinner" },
	{ "Ember Street Society", { "blues", "blues rock" }, "sad evening slow bar" },
	{ "Sugarcube Riot", { "pop punk", "power pop" }, "workout happy energy party" },
	{ "Polar Bear Disco", { "nu disco", "dance" }, "party dance workout happy" },
	{ "Iron Dandelion", { "metal", "doom" }, "loud workout angry energy" },
	{ "Hollow Lake Radio", { "post-rock", "instrumental" }, "focus long instrumental calm" },
	{ "Biscuit Tin Orchestra", { "chamber pop", "baroque pop" }, "cosy sunday spring" },
	{ "Low Tide Telegraph", { "alt-country", "americana" }, "road trip sad long drive" },
	{ "Harmattan Six", { "afrobeat", "highlife" }, "dance party sunny energy" },
	{ "Sundial Sextet", { "spiritual jazz", "jazz" }, "late night dinner deep" },
	{ "Neon Fjord", { "techno", "minimal" }, "night running workout dance" },
	{ "Tangerine Motel", { "soul", "funk" }, "love romantic party sunday" },
	{ "Clementine Brass Parade", { "brass band", "new orleans" }, "party happy parade energy" },
	{ "Sixpenny Choir", { "choral", "a cappella" }, "calm winter christmas peaceful" },
	{ "Rooftop Bees", { "bedroom pop", "indie pop" }, "chill love cosy" },
	{ "Ptarmigan Drive", { "drum and bass", "electronic" }, "running workout energy night" },
	{ "Cassette Gardeners", { "lo-fi", "beats" }, "study focus chill relax work" },
	{ "Dusty Meridian", { "desert rock", "stoner rock" }, "road trip loud desert drive" },
	{ "\xC5\x9Awit nad Rzek\xC4\x85", { "polish jazz", "jazz" }, "late night sad rain" },
	{ "Sn\xC3\xB6""fall Ensemble", { "neoclassical", "ambient" }, "sleep calm focus winter relax" },
	{ "\xE5\xA4\x9C\xE3\x81\xAE\xE3\x83\x90\xE3\x82\xB9 Night Bus", { "city pop", "j-pop" }, "night city drive" },
	{ "Caf\xC3\xA9 Penumbra Trio", { "bossa nova", "mpb" }, "dinner relax sunny brunch" },
	{ "Granite & Silk", { "r&b", "neo soul" }, "love romantic slow night" },
	{ "Captain Marmalade", { "children's music", "singalong" }, "kids children sleep lullaby happy" },
	{ "The Harbourmasters' Union", { "sea shanty", "folk" }, "party singing work loud" },
	{ "Monsoon Room", { "indian fusion", "world" }, "focus meditation relax evening" },
	{ "Pixel Harvest", { "chiptune", "game music" }, "focus gaming energy happy" },
	{ "Amber Ferry", { "soft rock", "yacht rock" }, "summer relax evening drive" },
	{ "Kitchen Table Philharmonic", { "acoustic", "chamber music" }, "cosy dinner brunch calm" },
};
const size_t words_artist_count = COUNT(words_artists);

const struct words_hit words_hits[] = {
	{ "Velvet Harbour", "Blue Before Breakfast" },
	{ "Velvet Harbour", "Rain on Someone Else's Window" },
	{ "Nightingale Static", "Night Drive, Windows Down" },
	{ "Nightingale Static", "Neon Rain" },
	{ "Tin Roof Serenade", "Rain on a Tin Roof" },
	{ "Tin Roof Serenade", "Morning Coffee, Second Cup" },
	{ "Marrow & Moss", "Letters to the Lighthouse" },
	{ "Marrow & Moss", "Slow Sunday, No Plans" },
	{ "North Quay Weather Club", "Partly Cloudy Love Song" },
	{ "North Quay Weather Club", "Summer Ends on a Tuesday" },
	{ "The Copper Kettles", "Put the Kettle On" },
	{ "The Copper Kettles", "Midnight at the Blue Moth" },
	{ "Orchard Street Chansons", "La Pluie de Septembre" },
	{ "Orchard Street Chansons", "Caf\xC3\xA9 du Matin" },
	{ "Basalt Choir", "Sleep, Little Satellite" },
	{ "Basalt Choir", "Blue Ice, Slow Light" },
	{ "Ninth Floor Elevator", "Study Hall Sunset" },
	{ "Ninth Floor Elevator", "Morning Coffee Loop" },
	{ "Ninth Floor Elevator", "Rainy Day Homework" },
	{ "Saltwater Almanac", "Blue Bicycle Beach" },
	{ "Saltwater Almanac", "High Tide Holiday" },
	{ "Kestrel Parade", "Running Up the Stairs Again" },
	{ "Kestrel Parade", "Loud Enough for the Neighbours" },
	{ "Mothwing Machine", "Velvet Static" },
	{ "Grandfather Comet", "Seventeen Minutes to Saturn" },
	{ "Grandfather Comet", "Tea with the Milky Way" },
	{ "Lantern District", "Last Train, First Kiss" },
	{ "Lantern District", "City Rain Boogie" },
	{ "Verano de Papel", "Bailar en la Cocina" },
	{ "Verano de Papel", "Luna Azul" },
	{ "Quartetto Mezzanotte", "Rain Study in D Minor" },
	{ "Quartetto Mezzanotte", "Waltz for an Empty Ballroom" },
	{ "Ember Street Society", "Blue as the Gas Flame" },
	{ "Ember Street Society", "Bad Coffee, Good Company" },
	{ "Sugarcube Riot", "Detention Forever" },
	{ "Sugarcube Riot", "Happy on Purpose" },
	{ "Polar Bear Disco", "Dancing in the Laundry Room" },
	{ "Polar Bear Disco", "Glitter on the Ice" },
	{ "Iron Dandelion", "Hammer of the Garden Gnome" },
	{ "Hollow Lake Radio", "We Watched the Storm Come In" },
	{ "Biscuit Tin Orchestra", "Rainy Day Arithmetic" },
	{ "Biscuit Tin Orchestra", "The Umbrella Waltz" },
	{ "Low Tide Telegraph", "Long Road, Short Letter" },
	{ "Harmattan Six", "Sunshine No Dey Finish" },
	{ "Sundial Sextet", "A Quarter Past Gold" },
	{ "Neon Fjord", "Four in the Morning, 132" },
	{ "Tangerine Motel", "Sweet Like Sunday" },
	{ "Tangerine Motel", "Blue Velvet Shoes" },
	{ "Clementine Brass Parade", "March of the Morning Buns" },
	{ "Sixpenny Choir", "Carol for a Quiet Street" },
	{ "Rooftop Bees", "Texting You from the Roof" },
	{ "Rooftop Bees", "Honey in My Coffee" },
	{ "Ptarmigan Drive", "Snowblind at 174" },
	{ "Cassette Gardeners", "Rain Tape, Side B" },
	{ "Cassette Gardeners", "Watering the Plants" },
	{ "Dusty Meridian", "Three Hundred Miles of Nothing" },
	{ "\xC5\x9Awit nad Rzek\xC4\x85", "Deszcz nad ranem" },
	{ "Sn\xC3\xB6""fall Ensemble", "First Snow, Second Thoughts" },
	{ "\xE5\xA4\x9C\xE3\x81\xAE\xE3\x83\x90\xE3\x82\xB9 Night Bus", "\xE9\x9B\xA8\xE3\x81\xAE\xE9\xA7\x85 (Rain Station)" },
	{ "Caf\xC3\xA9 Penumbra Trio", "Manh\xC3\xA3 de Caf\xC3\xA9" },
	{ "Granite & Silk", "Slow Like Honey, Blue Like You" },
	{ "Captain Marmalade", "Boots in the Puddle" },
	{ "Captain Marmalade", "Sleepy Sleepy Submarine" },
	{ "The Harbourmasters' Union", "Haul Her Home by Morning" },
	{ "Monsoon Room", "First Rain on Hot Stone" },
	{ "Pixel Harvest", "Boss Level Birthday" },
	{ "Amber Ferry", "Sunset, Stern Side" },
	{ "Amber Ferry", "Drinking Coffee with the Captain" },
	{ "Kitchen Table Philharmonic", "Suite for Spoon and Saucer" },
};
const size_t words_hit_count = COUNT(words_hits);

const struct words_show words_shows[] = {
	{ "The Quiet Groove", "Backroom Audio", "Records, the people who love them &amp; the shops that sell them",
	  { "How a needle hears", "The shop at the end of the line", "Forty years of one song",
	    "Who presses the records?", "It&#x27;s the B-side again", "Letters from listeners" } },
	{ "Ten Minutes of Weather", "North Quay Network", "Rain, fog and small talk",
	  { "Drizzle", "Fog signals", "Why snow is quiet", "A short walk in the wind", "Thunder for beginners",
	    "The best puddle in town" } },
	{ "Kitchen Radio Theatre", "Table Four", "Plays that fit between soup and dessert",
	  { "The missing ladle", "A letter for number nine", "The cat knows", "Last tram home", "Salt",
	    "The ladle returns" } },
};
const size_t words_show_count = COUNT(words_shows);

const struct words_book words_books[] = {
	{ "The Lighthouse Ledger", "The Night Desk", "Third Floor Readers",
	  "A keeper writes down every ship &amp; one that never came", 12 },
	{ "A Field Guide to Puddles", "North Quay Writers", "Third Floor Readers", "Where they come from, where they go", 5 },
	{ "Every Street in Town", "The Corner Table", "Two Voices",
	  "A walk that takes three weeks, told door by door", 64 },
};
const size_t words_book_count = COUNT(words_books);

const char *const words_qualities[] = {
	"Quiet", "Golden", "Borrowed", "Paper", "Electric", "Crooked", "Silver", "Hollow", "Tender", "Wild",
	"Distant", "Painted", "Restless", "Gentle", "Broken", "Burning", "Frozen", "Secret", "Second", "Last",
	"Blue", "Green", "Scarlet", "Amber", "Ivory", "Midnight", "Winter", "Summer", "Northern", "Southern",
	"Sleepless", "Careful", "Reckless", "Ordinary", "Small", "Giant", "Forgotten", "Early", "Late", "Slow",
};
const size_t words_quality_count = COUNT(words_qualities);

const char *const words_things[] = {
	"Rain", "River", "Window", "Lantern", "Engine", "Garden", "Harbour", "Mirror", "Compass", "Piano",
	"Bicycle", "Umbrella", "Telescope", "Orchard", "Thunder", "Candle", "Staircase", "Suitcase", "Photograph", "Radio",
	"Satellite", "Snow", "Sparrow", "Fox", "Whale", "Moth", "Bridge", "Tide", "Kite", "Letter",
	"Coffee", "Honey", "Tangerine", "Ticket", "Passenger", "Stranger", "Dancer", "Dreamer", "Echo", "Shadow",
	"Sunday", "October", "Morning", "Evening", "Weather", "Horizon", "Island", "Avenue", "Carousel", "Machine",
};
const size_t words_thing_count = COUNT(words_things);

const char *const words_places[] = {
	"Platform Nine", "the Kitchen", "Harbour Street", "the Attic", "Room 12", "the Back Seat", "the Valley",
	"the Long Way Home", "Copper Lane", "the Far Shore", "the Ferry", "the Corner Shop", "the Old Cinema",
	"Mill Road", "the Greenhouse", "the Night Bus", "the Rooftop", "Station Square", "the Laundrette", "the Moon",
};
const size_t words_place_count = COUNT(words_places);

const char *const words_deeds[] = {
	"Waiting for", "Dancing with", "Counting", "Chasing", "Painting", "Losing", "Learning", "Stealing",
	"Following", "Calling", "Forgetting", "Building", "Missing", "Sailing past", "Whistling at", "Leaving",
};
const size_t words_deed_count = COUNT(words_deeds);
