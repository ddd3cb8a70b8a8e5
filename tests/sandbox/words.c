/* The invented names the catalogue is made of. Order matters: ids and titles
 * of generated tracks follow from the positions, so add only at the ends. */
#include "config.h"

#include "words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct words_artist words_artists[] = {
	{ "Velvet Harbour", { "dream pop", "indie" } },
	{ "Nightingale Static", { "synthwave", "electronic" } },
	{ "Tin Roof Serenade", { "folk", "acoustic" } },
	{ "Marrow & Moss", { "indie folk", "singer-songwriter" } },
	{ "North Quay Weather Club", { "indie pop", "jangle pop" } },
	{ "The Copper Kettles", { "swing", "jazz" } },
	{ "Orchard Street Chansons", { "chanson", "vocal jazz" } },
	{ "Basalt Choir", { "ambient", "drone" } },
	{ "Ninth Floor Elevator", { "lo-fi hip hop", "chillhop" } },
	{ "Saltwater Almanac", { "surf rock", "indie rock" } },
	{ "Kestrel Parade", { "alternative rock", "rock" } },
	{ "Mothwing Machine", { "shoegaze", "noise pop" } },
	{ "Grandfather Comet", { "psychedelic rock", "space rock" } },
	{ "Lantern District", { "city pop", "funk" } },
	{ "Verano de Papel", { "latin pop", "tropical" } },
	{ "Quartetto Mezzanotte", { "classical", "string quartet" } },
	{ "Ember Street Society", { "blues", "blues rock" } },
	{ "Sugarcube Riot", { "pop punk", "power pop" } },
	{ "Polar Bear Disco", { "nu disco", "dance" } },
	{ "Iron Dandelion", { "metal", "doom" } },
	{ "Hollow Lake Radio", { "post-rock", "instrumental" } },
	{ "Biscuit Tin Orchestra", { "chamber pop", "baroque pop" } },
	{ "Low Tide Telegraph", { "alt-country", "americana" } },
	{ "Harmattan Six", { "afrobeat", "highlife" } },
	{ "Sundial Sextet", { "spiritual jazz", "jazz" } },
	{ "Neon Fjord", { "techno", "minimal" } },
	{ "Tangerine Motel", { "soul", "funk" } },
	{ "Clementine Brass Parade", { "brass band", "new orleans" } },
	{ "Sixpenny Choir", { "choral", "a cappella" } },
	{ "Rooftop Bees", { "bedroom pop", "indie pop" } },
	{ "Ptarmigan Drive", { "drum and bass", "electronic" } },
	{ "Cassette Gardeners", { "lo-fi", "beats" } },
	{ "Dusty Meridian", { "desert rock", "stoner rock" } },
	{ "\xC5\x9Awit nad Rzek\xC4\x85", { "polish jazz", "jazz" } },
	{ "Sn\xC3\xB6""fall Ensemble", { "neoclassical", "ambient" } },
	{ "\xE5\xA4\x9C\xE3\x81\xAE\xE3\x83\x90\xE3\x82\xB9 Night Bus", { "city pop", "j-pop" } },
	{ "Caf\xC3\xA9 Penumbra Trio", { "bossa nova", "mpb" } },
	{ "Granite & Silk", { "r&b", "neo soul" } },
	{ "Captain Marmalade", { "children's music", "singalong" } },
	{ "The Harbourmasters' Union", { "sea shanty", "folk" } },
	{ "Monsoon Room", { "indian fusion", "world" } },
	{ "Pixel Harvest", { "chiptune", "game music" } },
	{ "Amber Ferry", { "soft rock", "yacht rock" } },
	{ "Kitchen Table Philharmonic", { "acoustic", "chamber music" } },
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
