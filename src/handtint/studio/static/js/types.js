/**
 * The words of the studio, as types. Nothing here runs.
 *
 * Coordinates are (row, column) in photo pixels; the centre of the first pixel is (0.5, 0.5).
 * Colours are [red, green, blue], sRGB code values from 0 to 255.
 *
 * @typedef {[number, number]} Point
 * @typedef {[number, number, number]} RGB
 * @typedef {"color" | "neutral" | "barrier" | "ignore"} PaintKind
 * @typedef {PaintKind | "erase"} Kind
 * @typedef {"brush" | "eraser" | "select" | "pan" | "eyedropper"} Tool
 * @typedef {"lab" | "yuv" | "yuv709" | "oklab"} SpaceName
 * @typedef {string | number | boolean} Value
 */

/**
 * One stroke. Its diameter at a point is the width times the pressure there.
 * @typedef {object} Stroke
 * @property {string} id 1 to 24 of A-Z a-z 0-9 _ -, unique in the document
 * @property {Kind} kind
 * @property {RGB | null} color null unless the kind is "color"
 * @property {number} width in photo pixels
 * @property {Point[]} points
 * @property {number[]} [pressure] in (0, 1], one a point
 */

/**
 * @typedef {object} Settings
 * @property {string} method
 * @property {Record<string, Value>} options those that differ from their defaults
 * @property {SpaceName} space
 * @property {number} opacity 0 to 1
 * @property {number} vividness 0 to 2
 */

/**
 * @typedef {object} Document
 * @property {readonly Stroke[]} strokes in the order of painting
 * @property {boolean} base whether the mask that the project began with still lies below
 * @property {Settings} settings
 */

/**
 * @typedef {{op: "add", stroke: Stroke}} AddCommand
 * @typedef {{op: "remove", ids: string[]}} RemoveCommand
 * @typedef {{op: "change", ids: string[], kind?: Kind, color?: RGB, width?: number}} ChangeCommand
 * @typedef {{op: "move", ids: string[], by: Point}} MoveCommand
 * @typedef {{op: "clear"}} ClearCommand
 * @typedef {{op: "settings", settings: Partial<Settings>}} SettingsCommand
 * @typedef {{op: "undo"} | {op: "redo"}} TimeCommand
 * @typedef {AddCommand | RemoveCommand | ChangeCommand | MoveCommand | ClearCommand |
 *   SettingsCommand | TimeCommand} Command
 */

/**
 * The document with what undo and redo go back and forth to.
 * @typedef {object} History
 * @property {Document} document
 * @property {readonly Document[]} undo the newest last
 * @property {readonly Document[]} redo the next one last
 */

/**
 * @typedef {object} OptionSpec
 * @property {string} name
 * @property {"float" | "int" | "bool" | "str"} type
 * @property {Value} default
 * @property {string} help
 * @property {number | null} [minimum]
 * @property {number | null} [maximum]
 * @property {string[] | null} [choices]
 */

/**
 * @typedef {object} Method
 * @property {string} name
 * @property {string} title
 * @property {string} kind
 * @property {"needed" | "used" | "ignored"} hints
 * @property {string} energy
 * @property {string} reference
 * @property {SpaceName[]} spaces in which it works
 * @property {OptionSpec[]} options
 */

/**
 * @typedef {object} Methods
 * @property {string} default
 * @property {string} everywhere the method that works in every colour space
 * @property {Method[]} methods
 * @property {{name: SpaceName, title: string}[]} spaces
 * @property {{name: string, message: string}[]} [unavailable]
 */

/**
 * @typedef {object} Session
 * @property {"studio" | "mask"} mode
 * @property {string | null} project
 * @property {string} version
 * @property {string | null} output name of the file that Save writes
 * @property {{bytes: number, pixels: number, strokes: number, points: number}} limits
 */

/**
 * @typedef {object} Project
 * @property {string} id
 * @property {string} name
 * @property {number} height
 * @property {number} width
 * @property {number} bits
 * @property {string[]} warnings
 * @property {number} tile side of a tile
 * @property {number} levels of the pyramid
 * @property {string} sha256
 * @property {Document} document
 * @property {number} undo
 * @property {number} redo
 * @property {boolean} recovered
 * @property {number} seq
 * @property {number} rev
 * @property {number | null} saved_rev
 * @property {Document} initial where the log begins
 * @property {Command[]} log
 */

/**
 * @typedef {object} View
 * @property {number} scale CSS pixels a photo pixel
 * @property {number} row photo point at the centre of the stage
 * @property {number} column
 */

/**
 * @typedef {object} Pointer
 * @property {number} row
 * @property {number} column
 * @property {number} lightness of the photo there, 0 to 100 (CIELAB)
 * @property {RGB} color of the result there
 */

/**
 * @typedef {"starting" | "idle" | "preview" | "solving" | "cancelled" | "failed"} SolverState
 * @typedef {object} Solver
 * @property {SolverState} state
 * @property {number} fraction
 * @property {number} rev
 * @property {"preview" | "progress" | "refined" | "final" | null} stage of the picture shown
 * @property {string | null} method
 * @property {string | null} message
 */

/**
 * @typedef {{rgb: RGB, share: number}} Likely a colour that a place may have, and how likely it is
 * @typedef {object} Spot a place where one more stroke would help
 * @property {number} row
 * @property {number} column
 * @property {number} gain share of the expected error that a stroke takes away
 * @property {Likely[]} colors the likeliest first
 */

/**
 * @typedef {object} Advice
 * @property {boolean} on whether the person wants it
 * @property {boolean} asking whether the server is at it
 * @property {{project: string | null, strokes: readonly Stroke[], base: boolean} | null} about
 *   what the spots are for; null when there are none yet
 * @property {readonly Spot[]} spots the most helpful first
 * @property {number | null} chosen index of the spot that is looked at
 * @property {{at: Point, colors: Likely[]} | null} here where the pointer came to rest
 */

/** @typedef {"connecting" | "open" | "lost" | "superseded"} ConnectionState */

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {"info" | "error"} kind
 * @property {string} text
 */

/**
 * What is remembered of a person's habits from one visit to the next.
 * @typedef {Pick<State, "brushSize" | "eraserSize" | "side" | "pressure" | "recent" | "palette" |
 *   "color" |
 *   "theme" | "language" | "showInk">} Preferences
 */

/** @typedef {"help" | "export" | "open" | "recovered" | "superseded"} DialogName */

/**
 * @typedef {object} State
 * @property {Session | null} session
 * @property {Methods | null} methods
 * @property {Project | null} project
 * @property {Document} document what is to be shown, with a setting that is just being dragged
 * @property {number} undo how many steps can be undone
 * @property {number} redo
 * @property {readonly string[]} selection
 * @property {Tool} tool
 * @property {PaintKind} kind of the next brush stroke
 * @property {RGB} color of the next brush stroke
 * @property {number} brushSize in photo pixels
 * @property {number} eraserSize in photo pixels
 * @property {number} side long side of the photo that these sizes are for
 * @property {boolean} pressure whether a pen's pressure counts
 * @property {readonly RGB[]} recent the newest first
 * @property {string} palette
 * @property {{name: string, colors: RGB[]} | null} reference palette of a picture
 * @property {View} view
 * @property {{on: boolean, position: number, held: boolean}} compare
 * @property {boolean} showInk
 * @property {Solver} solver
 * @property {ConnectionState} connection
 * @property {number} unacked edits that the server has not confirmed yet
 * @property {number} rev of the document on the server, as of the last confirmed edit
 * @property {Pointer | null} pointer
 * @property {Point | null} rested where the pointer last came to rest over the photo
 * @property {Advice} advice
 * @property {number | null} lightness where the pointer was last over the photo, for the picker
 * @property {Point | null} crosshair where the keyboard paints; null while it does not
 * @property {Stroke | null} keyStroke the stroke that the keyboard is painting
 * @property {"auto" | "light" | "dark"} theme
 * @property {string} language
 * @property {DialogName | null} dialog
 * @property {boolean} drawer whether the side panel is not as the window's width suggests
 * @property {File | null} staged a dropped file, until it is said what it is for
 * @property {string | null} busy what is being done, in words
 * @property {"2d" | null} renderer a remark on how the picture is drawn
 * @property {readonly Toast[]} toasts
 * @property {boolean} saved whether what was painted is in the output file
 */

/** What the canvas engine offers. @typedef {ReturnType<typeof import("./engine/engine.js").createEngine>} Engine */

export {};
