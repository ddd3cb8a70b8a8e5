/*
 * The tools, in the order in which they are listed.  X(name) stands for
 * `const struct tool tool_name`, which the handler's file defines.
 */
#ifndef TONEARM_WORKER_TOOLS_LIST_H
#define TONEARM_WORKER_TOOLS_LIST_H

#define TOOLS(X) \
	X(search) \
	X(get_items) \
	X(list_contents) \
	X(get_status) \
	X(get_playback) \
	X(get_queue) \
	X(list_devices) \
	X(list_playlists) \
	X(get_playlist) \
	X(compare_playlists) \
	X(export_playlist) \
	X(get_library) \
	X(check_library) \
	X(get_top_items) \
	X(get_recently_played) \
	X(play) \
	X(pause) \
	X(skip) \
	X(seek) \
	X(set_volume) \
	X(set_playback_mode) \
	X(add_to_queue) \
	X(transfer_playback) \
	X(save_to_library) \
	X(remove_from_library) \
	X(create_playlist) \
	X(add_to_playlist) \
	X(update_playlist) \
	X(set_playlist_cover) \
	X(remove_from_playlist) \
	X(reorder_playlist) \
	X(replace_playlist) \
	X(combine_playlists) \
	X(dedupe_playlist) \
	X(import_tracks) \
	X(delete_playlist) \
	X(list_changes) \
	X(undo_change)

#endif
